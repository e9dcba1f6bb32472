/**
 * @module scripts/host/poison
 * Where messages go that failed too often.
 */
import type { HostContext } from './context.ts';

export interface PoisonMessage {
  queue: string;
  connection: string | undefined;
  attempts: number;
  /** As it is stored: base64 already, or the original text of a queue message. */
  text: string;
}

/** Puts a message into the poison queue of the trigger's own account; the queue is created if need be. */
export async function putPoisonMessage(
  { storage, log }: HostContext,
  { queue, connection, attempts, text }: PoisonMessage,
): Promise<void> {
  log.warn(`Message has reached MaxDequeueCount of ${attempts}. Moving message to queue '${queue}'.`);
  const client = storage.queues(connection).getQueueClient(queue);
  await client.createIfNotExists();
  await client.sendMessage(text);
}
