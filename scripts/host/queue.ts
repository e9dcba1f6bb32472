/**
 * @module scripts/host/queue
 * The listener of a queue trigger.
 */
import type { DequeuedMessageItem, QueueClient } from '@azure/storage-queue';
import { delay, type HostContext, type HostFunction, type Listener } from './context.ts';
import { CALLED_OVER_HTTP, invoke } from './invoke.ts';
import { messageOf } from './log.ts';
import { putPoisonMessage } from './poison.ts';
import { decodeMessage, queueMetadata } from './queue-message.ts';
import { resolveSettings } from './settings.ts';
import { isNotFound } from './storage.ts';

/** Seconds for which a message that is being worked on stays hidden from others. */
const HIDDEN_SECONDS = 600;
const SHORTEST_POLL_MS = 100;
/** The real host slows down to a minute; at a desk a second is long enough. */
const LONGEST_POLL_MS = 1000;

export class QueueListener implements Listener {
  readonly function: HostFunction;
  readonly #host: HostContext;
  readonly #queue: QueueClient;
  readonly #connection: string | undefined;
  readonly #running = new Set<Promise<void>>();
  #loop: Promise<void> = Promise.resolve();
  #unreachable = false;

  /** Throws the real host's message when a setting of the trigger is missing. */
  constructor(host: HostContext, target: HostFunction) {
    this.#host = host;
    this.function = target;
    this.#connection = target.trigger.connection || undefined;
    const name = resolveSettings(target.trigger.queueName ?? '', host.settings);
    this.#queue = host.storage.queues(this.#connection).getQueueClient(name);
  }

  start(): void {
    this.#loop = this.#poll();
  }

  async stop(): Promise<void> {
    await this.#loop;
    await Promise.allSettled(this.#running);
  }

  /** `input` is the text of a message. */
  async trigger(input: string): Promise<void> {
    await invoke(this.#host, this.function, {
      data: { string: input },
      metadata: { QueueTrigger: { string: input } },
      reason: CALLED_OVER_HTTP,
    });
  }

  async #poll(): Promise<void> {
    const { stopping, hostJson } = this.#host;
    let wait = SHORTEST_POLL_MS;
    while (!stopping.aborted) {
      const messages = await this.#receive();
      for (const message of messages) {
        const run = this.#process(message).finally(() => this.#running.delete(run));
        this.#running.add(run);
      }
      while (this.#running.size > hostJson.queues.newBatchThreshold) await Promise.race(this.#running);
      wait = messages.length > 0 ? SHORTEST_POLL_MS : Math.min(wait * 1.5, LONGEST_POLL_MS);
      await delay(wait, stopping);
    }
  }

  async #receive(): Promise<DequeuedMessageItem[]> {
    const { stopping, hostJson, log } = this.#host;
    try {
      const { receivedMessageItems } = await this.#queue.receiveMessages({
        numberOfMessages: hostJson.queues.batchSize,
        visibilityTimeout: HIDDEN_SECONDS,
        abortSignal: stopping,
      });
      this.#unreachable = false;
      return receivedMessageItems;
    } catch (error) {
      // A queue that isn't there yet is normal; an outage is worth one line.
      if (!isNotFound(error) && !stopping.aborted && !this.#unreachable) {
        this.#unreachable = true;
        log.error(`Queue '${this.#queue.name}' can't be read: ${messageOf(error)}`);
      }
      return [];
    }
  }

  async #process(message: DequeuedMessageItem): Promise<void> {
    const { log, hostJson } = this.#host;
    const { maxDequeueCount, visibilityTimeout, messageEncoding } = hostJson.queues;
    try {
      const text = decodeMessage(message.messageText, messageEncoding);
      if (text === undefined) {
        log.error(
          `Message decoding has failed! Check MessageEncoding settings. MessageId=${message.messageId}`,
        );
        return await this.#poison(message);
      }
      const succeeded = await this.#run(message, text);
      if (succeeded) await this.#queue.deleteMessage(message.messageId, message.popReceipt);
      else if (message.dequeueCount >= maxDequeueCount) await this.#poison(message);
      else {
        const seconds = Math.round(visibilityTimeout / 1000);
        await this.#queue.updateMessage(message.messageId, message.popReceipt, message.messageText, seconds);
      }
    } catch (error) {
      // The message comes back by itself when its time hidden is over.
      log.error(`Message ${message.messageId} of queue '${this.#queue.name}': ${messageOf(error)}`);
    }
  }

  async #run(message: DequeuedMessageItem, text: string): Promise<boolean> {
    const { dequeueCount, insertedOn } = message;
    try {
      await invoke(this.#host, this.function, {
        data: { string: text },
        metadata: queueMetadata(message, text),
        reason: `New queue message detected on '${this.#queue.name}'.`,
        details: `MessageId: ${message.messageId}, DequeueCount: ${dequeueCount}, InsertionTime: ${insertedOn.toISOString()}`,
      });
      return true;
    } catch {
      return false;
    }
  }

  async #poison(message: DequeuedMessageItem): Promise<void> {
    await putPoisonMessage(this.#host, {
      queue: `${this.#queue.name}-poison`,
      connection: this.#connection,
      attempts: this.#host.hostJson.queues.maxDequeueCount,
      text: message.messageText,
    });
    await this.#queue.deleteMessage(message.messageId, message.popReceipt);
  }
}
