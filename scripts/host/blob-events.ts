/**
 * @module scripts/host/blob-events
 * The listener of a blob trigger with source EventGrid. It polls nothing: the webhook hands it events, and
 * there are no receipts, so an event that comes four times runs four times.
 */
import { runBlobByHand } from './blob-scan.ts';
import { type BlobTrigger, quoteEtag } from './blob-trigger.ts';
import type { HostContext, Listener } from './context.ts';
import { messageOf } from './log.ts';

export interface BlobEvent {
  container: string;
  blob: string;
  etag: string;
}

export class BlobEventListener implements Listener {
  readonly function;
  readonly #host: HostContext;
  readonly #trigger: BlobTrigger;

  constructor(host: HostContext, trigger: BlobTrigger) {
    this.#host = host;
    this.#trigger = trigger;
    this.function = trigger.function;
  }

  start(): void {
    this.#host.log.info(`Function '${this.function.name}' runs from POST /runtime/webhooks/blobs only.`);
  }

  async stop(): Promise<void> {
    await this.#trigger.pool.idle();
  }

  /** Takes an event on if its path matches; the run comes later. */
  accept({ container, blob, etag }: BlobEvent): void {
    const { pattern, pool } = this.#trigger;
    if (container !== pattern.container || !pattern.match(blob)) return;
    pool.add(async () => {
      try {
        await this.#trigger.process(blob, quoteEtag(etag));
      } catch (error) {
        this.#host.log.error(`The event for blob '${container}/${blob}' is lost: ${messageOf(error)}`);
      }
    });
  }

  async trigger(input: string): Promise<void> {
    await runBlobByHand(this.#trigger, input);
  }

  /** Container and blob of an event's URL, which has the account in its path on Azurite. */
  locate(url: string): { container: string; blob: string } | undefined {
    if (!URL.canParse(url)) return undefined;
    const { hostname, pathname } = new URL(url);
    const segments = pathname.slice(1).split('/').map(decodeURIComponent);
    const accountInPath = /^(localhost|\[.*\]|[\d.]+)$/.test(hostname);
    const [container, ...blob] = accountInPath ? segments.slice(1) : segments;
    return container && blob.length > 0 ? { container, blob: blob.join('/') } : undefined;
  }
}
