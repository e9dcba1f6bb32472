/**
 * @module scripts/host/outputs
 * Output bindings to queues, the only ones that this host writes.
 */
import type { HostContext, HostFunction } from './context.ts';
import type { Binding, InvocationResponse, RpcTypedData } from './rpc.ts';
import { resolveSettings } from './settings.ts';

/** Sends what the handler left for its queue outputs; the queue is created when it isn't there. */
export async function writeOutputs(
  host: HostContext,
  { metadata }: HostFunction,
  { outputData = [], returnValue }: InvocationResponse,
): Promise<void> {
  const outputs = [...outputData, { name: '$return', data: returnValue }];
  for (const { name, data } of outputs) {
    const binding = metadata.bindings[name];
    if (binding?.type === 'queue' && data) await sendToQueue(host, binding, data);
  }
}

async function sendToQueue(host: HostContext, binding: Binding, data: RpcTypedData): Promise<void> {
  const name = resolveSettings(binding.queueName ?? '', host.settings);
  const queue = host.storage.queues(binding.connection || undefined).getQueueClient(name);
  await queue.createIfNotExists();
  const encode = (text: string) =>
    host.hostJson.queues.messageEncoding === 'none' ? text : Buffer.from(text).toString('base64');
  for (const text of messagesOf(data)) await queue.sendMessage(encode(text));
}

/** One message, or one for each element of an array. The real host indents the JSON of objects. */
function messagesOf(data: RpcTypedData): string[] {
  if (data.json !== undefined) {
    const value: unknown = JSON.parse(data.json);
    const items = Array.isArray(value) ? value : [value];
    return items.map((item) => (typeof item === 'string' ? item : JSON.stringify(item, null, 2)));
  }
  if (data.bytes !== undefined) return [Buffer.from(data.bytes).toString('utf8')];
  return [String(data.string ?? data.int ?? data.double ?? '')];
}
