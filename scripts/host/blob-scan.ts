/**
 * @module scripts/host/blob-scan
 * The listener of a blob trigger with source LogsAndContainerScan: lists the container every second and
 * runs the function for each version of a blob that has no receipt.
 */
import type { BlobTrigger } from './blob-trigger.ts';
import { quoteEtag } from './blob-trigger.ts';
import { delay, type HostContext, type Listener } from './context.ts';
import { messageOf } from './log.ts';
import { hasReceipt, writeReceipt } from './receipts.ts';
import { isNotFound } from './storage.ts';

const POLL_MS = 1000;

export class BlobScanListener implements Listener {
  readonly function;
  readonly #host: HostContext;
  readonly #trigger: BlobTrigger;
  /** ETag, by blob, of the version that is under way or dealt with. */
  readonly #seen = new Map<string, string>();
  #loop: Promise<void> = Promise.resolve();
  #unreachable = false;

  constructor(host: HostContext, trigger: BlobTrigger) {
    this.#host = host;
    this.#trigger = trigger;
    this.function = trigger.function;
  }

  start(): void {
    this.#loop = this.#poll();
  }

  async stop(): Promise<void> {
    this.#trigger.pool.clear();
    await this.#loop;
    await this.#trigger.pool.idle();
  }

  /** `input` is the path of a blob, with its container. */
  async trigger(input: string): Promise<void> {
    await runBlobByHand(this.#trigger, input);
  }

  async #poll(): Promise<void> {
    const { stopping, log } = this.#host;
    while (!stopping.aborted) {
      try {
        await this.#scan();
        if (this.#unreachable) log.info(`Container '${this.#trigger.pattern.container}' can be read again.`);
        this.#unreachable = false;
      } catch (error) {
        // A container that isn't there yet is normal; an outage is worth one line, not one a second.
        if (!isNotFound(error) && !stopping.aborted && !this.#unreachable) {
          this.#unreachable = true;
          log.error(`Container '${this.#trigger.pattern.container}' can't be scanned: ${messageOf(error)}`);
        }
      }
      await delay(POLL_MS, stopping);
    }
  }

  async #scan(): Promise<void> {
    const { service, pattern, pool } = this.#trigger;
    const { stopping } = this.#host;
    const found = new Set<string>();
    const listing = service.getContainerClient(pattern.container).listBlobsFlat({ abortSignal: stopping });
    for await (const { name, properties } of listing) {
      if (!pattern.match(name)) continue;
      found.add(name);
      const etag = quoteEtag(properties.etag);
      if (this.#seen.get(name) === etag) continue;
      this.#seen.set(name, etag);
      pool.add(() => this.#process(name, etag));
    }
    for (const name of this.#seen.keys()) if (!found.has(name)) this.#seen.delete(name);
  }

  async #process(blob: string, etag: string): Promise<void> {
    const receipt = {
      functionName: this.function.name,
      container: this.#trigger.pattern.container,
      blob,
      etag,
    };
    try {
      if (await hasReceipt(this.#host, receipt)) return;
      if (await this.#trigger.process(blob, etag)) {
        await writeReceipt(this.#host, receipt);
        return;
      }
    } catch (error) {
      this.#host.log.error(`Blob '${blob}' is left for the next scan: ${messageOf(error)}`);
    }
    if (this.#seen.get(blob) === etag) this.#seen.delete(blob);
  }
}

/** Runs a blob trigger for `container/blob`, as POST /admin/functions/NAME asks for. */
export async function runBlobByHand(trigger: BlobTrigger, path: string): Promise<void> {
  const { container } = trigger.pattern;
  if (!path.startsWith(`${container}/`)) throw new Error(`'${path}' is not in the container '${container}'.`);
  await trigger.runOnce(path.slice(container.length + 1));
}
