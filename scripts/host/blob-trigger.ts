/**
 * @module scripts/host/blob-trigger
 * Runs one function for one blob: attempts, then the poison queue. Scan and webhook both end here.
 *
 * The queue between them and the handler is in memory. The real host keeps it in storage, so that work
 * outlives the process; here a scanned blob without receipt is found again at the next start, and an event
 * that was accepted but not finished when the process is killed is lost.
 */
import { randomUUID } from 'node:crypto';
import type { BlobGetPropertiesResponse, BlobServiceClient } from '@azure/storage-blob';
import { type BlobPattern, compileBlobPath } from './blob-path.ts';
import { delay, type HostContext, type HostFunction } from './context.ts';
import { invoke } from './invoke.ts';
import { messageOf } from './log.ts';
import { putPoisonMessage } from './poison.ts';
import type { RpcTypedData } from './rpc.ts';
import { resolveSettings } from './settings.ts';
import { isNotFound } from './storage.ts';
import { WorkPool } from './work-pool.ts';

export type BlobSource = 'EventGrid' | 'LogsAndContainerScan';

/** Milliseconds between attempts, as measured on the real host. */
const RETRY_MS = 150;

export class BlobTrigger {
  readonly function: HostFunction;
  readonly source: BlobSource;
  readonly pattern: BlobPattern;
  readonly service: BlobServiceClient;
  readonly connection: string | undefined;
  readonly pool: WorkPool;
  readonly #host: HostContext;

  /** Throws the real host's message when a setting of the trigger is missing. */
  constructor(host: HostContext, target: HostFunction) {
    const { path = '', connection, source } = target.trigger;
    this.#host = host;
    this.function = target;
    this.source = source === 'EventGrid' ? 'EventGrid' : 'LogsAndContainerScan';
    this.connection = connection || undefined;
    this.pattern = compileBlobPath(resolveSettings(path, host.settings));
    this.service = host.storage.blobs(this.connection);
    this.pool = new WorkPool(host.hostJson.blobs.maxDegreeOfParallelism);
  }

  /**
   * Runs the function until it succeeds or has failed as often as host.json allows. Returns whether the
   * blob is dealt with: false when it vanished, changed (scan only: the next scan sees it), or the host stops.
   */
  async process(blob: string, etag: string): Promise<boolean> {
    const { poisonBlobThreshold } = this.#host.hostJson.blobs;
    for (let attempt = 1; attempt <= poisonBlobThreshold; attempt += 1) {
      if (this.#host.stopping.aborted) return false;
      if (attempt > 1) await delay(RETRY_MS, this.#host.stopping);
      try {
        return await this.#attempt(blob, etag, attempt);
      } catch {
        // In the log already, by `invoke` or `#read`.
      }
    }
    await putPoisonMessage(this.#host, {
      queue: 'webjobs-blobtrigger-poison',
      connection: this.connection,
      attempts: poisonBlobThreshold,
      text: this.#poisonText(blob, etag),
    });
    return true;
  }

  /** Runs once by hand, whatever the receipts say. */
  async runOnce(blob: string): Promise<void> {
    await this.#attempt(blob, undefined, 1);
  }

  async #attempt(blob: string, etag: string | undefined, attempt: number): Promise<boolean> {
    const { container } = this.pattern;
    const found = await this.#read(blob);
    if (!found) return false;
    const { properties, data, url } = found;
    const changed = etag !== undefined && quoteEtag(properties.etag) !== etag;
    // Only a scan knows the ETag for sure; an event's may be late or made up, and the run goes on.
    if (changed && this.source === 'LogsAndContainerScan') return false;
    const details = [
      `MessageId: ${randomUUID()}, DequeueCount: ${attempt}, InsertedOn: ${new Date().toISOString()}`,
      `BlobCreated: ${properties.createdOn?.toISOString()}`,
      `BlobLastModified: ${properties.lastModified?.toISOString()}`,
    ];
    await invoke(this.#host, this.function, {
      data: { bytes: data },
      metadata: blobMetadata(`${container}/${blob}`, url, properties, this.pattern.match(blob) ?? {}),
      reason: `New blob detected(${this.source}): ${container}/${blob}`,
      details: details.join(', '),
    });
    return true;
  }

  /** Properties and content, or undefined when the blob isn't there any more. */
  async #read(
    blob: string,
  ): Promise<{ properties: BlobGetPropertiesResponse; data: Buffer; url: string } | undefined> {
    const client = this.service.getContainerClient(this.pattern.container).getBlobClient(blob);
    try {
      const properties = await client.getProperties();
      // An empty blob has no range to download.
      const data = properties.contentLength ? await client.downloadToBuffer() : Buffer.alloc(0);
      return { properties, data, url: client.url };
    } catch (error) {
      if (isNotFound(error)) return undefined;
      this.#host.log.error(`Blob '${this.pattern.container}/${blob}' can't be read: ${messageOf(error)}`);
      throw error;
    }
  }

  #poisonText(blob: string, etag: string): string {
    const message = {
      Type: 'BlobTrigger',
      FunctionId: `Host.Functions.${this.function.name}`,
      BlobType: 'BlockBlob',
      ContainerName: this.pattern.container,
      BlobName: blob,
      ETag: etag,
    };
    return Buffer.from(JSON.stringify(message, null, 2)).toString('base64');
  }
}

/** Listings give ETags bare, headers give them quoted; receipts and messages have the quotes. */
export function quoteEtag(etag: string | undefined): string {
  return `"${(etag ?? '').replace(/^"|"$/g, '')}"`;
}

/** The trigger metadata of the real host. The ETag is an empty object there: nobody can rely on it. */
function blobMetadata(
  path: string,
  url: string,
  properties: BlobGetPropertiesResponse,
  params: Record<string, string>,
): Record<string, RpcTypedData> {
  const json = (value: unknown): RpcTypedData => ({ json: JSON.stringify(value) });
  return {
    BlobTrigger: { string: path },
    Uri: json(url),
    Properties: json({
      LastModified: properties.lastModified,
      CreatedOn: properties.createdOn,
      Metadata: properties.metadata ?? {},
      ContentLength: properties.contentLength,
      ContentType: properties.contentType,
      ContentHash: properties.contentMD5 ? Buffer.from(properties.contentMD5).toString('base64') : null,
      ETag: {},
      BlobType: 0,
      LeaseState: 0,
      AccessTier: properties.accessTier ?? 'Hot',
      VersionId: properties.versionId ?? null,
    }),
    Metadata: json(properties.metadata ?? {}),
    ...Object.fromEntries(Object.entries(params).map(([name, value]) => [name, { string: value }])),
  };
}
