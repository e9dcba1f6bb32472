/**
 * @module scripts/host/queue-message
 * What a handler gets of a queue message.
 */
import type { DequeuedMessageItem } from '@azure/storage-queue';
import type { RpcTypedData } from './rpc.ts';

/** The text of a message, or undefined when it should be base64 and isn't. */
export function decodeMessage(text: string, encoding: 'base64' | 'none'): string | undefined {
  if (encoding === 'none') return text;
  const compact = text.replace(/\s/g, '');
  const isBase64 = compact.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(compact);
  return isBase64 ? Buffer.from(compact, 'base64').toString('utf8') : undefined;
}

/** Trigger metadata; the properties of a JSON object are added, as strings in .NET's spelling. */
export function queueMetadata(message: DequeuedMessageItem, text: string): Record<string, RpcTypedData> {
  const time = (date: Date): RpcTypedData => ({
    json: JSON.stringify(date.toISOString().replace('Z', '+00:00')),
  });
  return {
    ...propertiesOf(text),
    QueueTrigger: { string: text },
    DequeueCount: { int: message.dequeueCount },
    ExpirationTime: time(message.expiresOn),
    Id: { string: message.messageId },
    InsertionTime: time(message.insertedOn),
    NextVisibleTime: time(message.nextVisibleOn),
    PopReceipt: { string: message.popReceipt },
  };
}

function propertiesOf(text: string): Record<string, RpcTypedData> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return {};
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, { string: spell(item) }]));
}

function spell(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '');
}
