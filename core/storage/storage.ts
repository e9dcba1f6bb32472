/**
 * @module core/storage/storage
 * What Pawprint asks of Blob Storage: read, write once, and move by compare-and-swap.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { BlobServiceClient, BlockBlobUploadOptions } from '@azure/storage-blob';
import { ConflictError, InvalidModelError, NotFoundError } from '../errors.ts';
import { sha256 } from '../hash.ts';
import type { ManifestFile } from '../manifest.ts';
import { ask, isRefusedByCondition, statusOf } from './ask.ts';
import type { BlobProperties, ListedBlob, LocalFile, StoredBlob } from './blobs.ts';
import { connectBlobService, type StorageSettings } from './client.ts';
import { type ChunkTaker, checkSize, readWhole, streamVerified } from './download.ts';
import { CONTAINERS, type Container, versionPath } from './names.ts';

export type { BlobProperties, ListedBlob, LocalFile, StoredBlob } from './blobs.ts';

interface Conditions {
  ifMatch?: string;
  ifNoneMatch?: string;
}

/** Manifests, records and pointers are small; one larger than this is refused before it is read. */
const LARGEST_JSON_BYTES = 8 * 1024 * 1024;

/** Milliseconds that an operation may take in all, with the tries of the SDK. */
export interface Patience {
  /** Of documents, properties and listings. */
  document: number;
  /** Of the files of a model. */
  file: number;
}

const PATIENCE: Patience = { document: 30_000, file: 300_000 };

export class Storage {
  private readonly service: BlobServiceClient;
  private readonly patience: Patience;

  constructor(service: BlobServiceClient, patience: Patience = PATIENCE) {
    this.service = service;
    this.patience = patience;
  }

  /** Makes the containers that are missing. On Azure they are provisioned; locally this does it. */
  async ensureContainers(): Promise<void> {
    for (const name of CONTAINERS) {
      await ask(`container ${name}`, this.patience.document, (abortSignal) =>
        this.service.getContainerClient(name).createIfNotExists({ abortSignal }),
      );
    }
  }

  /** The whole blob and its ETag, or undefined when there is none; `unchanged` when it is still the one with `unlessEtag`. */
  async find(
    container: Container,
    path: string,
    options?: { unlessEtag?: undefined; largestBytes?: number },
  ): Promise<StoredBlob | undefined>;
  async find(
    container: Container,
    path: string,
    options: { unlessEtag: string | undefined; largestBytes?: number },
  ): Promise<StoredBlob | 'unchanged' | undefined>;
  async find(
    container: Container,
    path: string,
    {
      unlessEtag,
      largestBytes = LARGEST_JSON_BYTES,
    }: { unlessEtag?: string | undefined; largestBytes?: number } = {},
  ): Promise<StoredBlob | 'unchanged' | undefined> {
    const blob = this.blob(container, path);
    const conditions = unlessEtag === undefined ? {} : { conditions: { ifNoneMatch: unlessEtag } };
    const name = `${container}/${path}`;
    return ask(name, this.patience.document, async (abortSignal) => {
      try {
        const response = await blob.download(0, undefined, { ...conditions, abortSignal });
        return { bytes: await readWhole(name, response, largestBytes), etag: response.etag ?? '' };
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        if (statusOf(error) === 304) return 'unchanged';
        throw error;
      }
    });
  }

  /** Size, ETag and age of a blob, or undefined when there is none. Nothing of it is read. */
  async properties(container: Container, path: string): Promise<BlobProperties | undefined> {
    return ask(`${container}/${path}`, this.patience.document, async (abortSignal) => {
      try {
        const found = await this.blob(container, path).getProperties({ abortSignal });
        return {
          bytes: found.contentLength ?? 0,
          etag: found.etag ?? '',
          lastModified: found.lastModified ?? new Date(),
        };
      } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw error;
      }
    });
  }

  /** The whole blob. Throws {@link NotFoundError}. */
  async read(container: Container, path: string): Promise<StoredBlob> {
    const blob = await this.find(container, path);
    if (blob === undefined) throw new NotFoundError(`${container}/${path} is not there.`);
    return blob;
  }

  /**
   * A file of a version, proven: its size and SHA-256 are those in the manifest. Throws
   * {@link InvalidModelError} that names the file when it is missing or differs.
   */
  async readModelFile(container: Container, version: string, file: ManifestFile): Promise<Buffer> {
    // Not Buffer.alloc(file.bytes): what a manifest claims is not yet what is there.
    const chunks: Buffer[] = [];
    await this.streamModelFile(container, version, file, (chunk) => {
      chunks.push(chunk);
    });
    return Buffer.concat(chunks);
  }

  /** The same for a file that needn't be in memory whole: `take` gets it in chunks. It is proven when this resolves. */
  async streamModelFile(
    container: Container,
    version: string,
    file: ManifestFile,
    take: ChunkTaker,
  ): Promise<void> {
    const path = versionPath(version, file.path);
    const name = `${container}/${path}`;
    await ask(name, this.patience.file, async (abortSignal) => {
      try {
        const response = await this.blob(container, path).download(0, undefined, { abortSignal });
        await streamVerified(name, response, file, take);
      } catch (error) {
        if (statusOf(error) === 404) throw missingFile(name);
        throw error;
      }
    });
  }

  /**
   * Checks from the properties alone that a file of a version is there with the size in the manifest. Throws
   * {@link InvalidModelError} that names the file.
   */
  async checkModelFile(container: Container, version: string, file: ManifestFile): Promise<void> {
    const path = versionPath(version, file.path);
    const found = await this.properties(container, path);
    if (found === undefined) throw missingFile(`${container}/${path}`);
    checkSize(`${container}/${path}`, found.bytes, file);
  }

  /**
   * Writes a blob that isn't there yet. When it is there with the same content, that is success too, so
   * that work which was cut off can be done again; with other content it throws {@link ConflictError}.
   */
  async createOnce(container: Container, path: string, bytes: Uint8Array): Promise<'created' | 'same'> {
    const etag = await this.writeIf(container, path, bytes, { ifNoneMatch: '*' });
    if (etag !== undefined) return 'created';
    return this.isSame(container, path, sha256(bytes));
  }

  /** The same for a file on disk, which is streamed: no more than a few chunks of it are in memory. */
  async createOnceFromFile(container: Container, path: string, file: LocalFile): Promise<'created' | 'same'> {
    const etag = await this.uploadIf(container, path, { ifNoneMatch: '*' }, (options) =>
      // A new stream for each try of the SDK.
      this.blob(container, path).upload(() => createReadStream(file.path), file.bytes, options),
    );
    if (etag !== undefined) return 'created';
    return this.isSame(container, path, file.sha256);
  }

  /**
   * Compare-and-swap: writes when the blob still has `etag`, or, with null, when there is none. Returns
   * false, and writes nothing, when somebody else was faster.
   */
  async replace(
    container: Container,
    path: string,
    bytes: Uint8Array,
    etag: string | null,
  ): Promise<boolean> {
    return (await this.swap(container, path, bytes, etag)) !== undefined;
  }

  /** {@link Storage.replace} that gives the ETag of what it wrote, for the next swap, or undefined. */
  async swap(
    container: Container,
    path: string,
    bytes: Uint8Array,
    etag: string | null,
  ): Promise<string | undefined> {
    return this.writeIf(container, path, bytes, etag === null ? { ifNoneMatch: '*' } : { ifMatch: etag });
  }

  /** Removes a blob that still has `etag`. Returns false when it has changed or is gone. */
  async remove(container: Container, path: string, etag: string): Promise<boolean> {
    return ask(`${container}/${path}`, this.patience.document, async (abortSignal) => {
      try {
        await this.blob(container, path).delete({ conditions: { ifMatch: etag }, abortSignal });
        return true;
      } catch (error) {
        if (statusOf(error) === 404 || isRefusedByCondition(error)) return false;
        throw error;
      }
    });
  }

  /** The paths in a container that begin with `prefix`, in the order of their bytes. */
  async list(container: Container, prefix = ''): Promise<string[]> {
    return ask(`${container}/${prefix}*`, this.patience.file, async (abortSignal) => {
      const paths: string[] = [];
      const blobs = this.service.getContainerClient(container).listBlobsFlat({ prefix, abortSignal });
      for await (const blob of blobs) paths.push(blob.name);
      return paths;
    });
  }

  /** The blobs whose path begins with `prefix`, in the order of their paths, a page at a time. */
  async *listBlobs(container: Container, prefix = ''): AsyncGenerator<ListedBlob> {
    // A listing takes one signal for all its pages, and each page has its own patience.
    const stop = new AbortController();
    const client = this.service.getContainerClient(container);
    const pages = client.listBlobsFlat({ prefix, abortSignal: stop.signal }).byPage();
    for (;;) {
      const page = await ask(`${container}/${prefix}*`, this.patience.document, (abortSignal) => {
        abortSignal.addEventListener('abort', () => stop.abort(), { once: true });
        return pages.next();
      });
      if (page.done) return;
      for (const { name, properties } of page.value.segment.blobItems) {
        const { contentLength = 0, etag, lastModified } = properties;
        // Listings give ETags bare, headers give them quoted; conditions need the quotes.
        yield {
          path: name,
          bytes: contentLength,
          etag: etag.startsWith('"') ? etag : `"${etag}"`,
          lastModified,
        };
      }
    }
  }

  private blob(container: Container, path: string) {
    return this.service.getContainerClient(container).getBlockBlobClient(path);
  }

  private async writeIf(
    container: Container,
    path: string,
    bytes: Uint8Array,
    conditions: Conditions,
  ): Promise<string | undefined> {
    return this.uploadIf(container, path, conditions, (options) =>
      this.blob(container, path).uploadData(bytes, {
        ...options,
        // One request for one blob: a block list would be a second, with a window between them.
        maxSingleShotSize: 256 * 1024 * 1024,
      }),
    );
  }

  /** The ETag of what was written, or undefined when the conditions weren't met. */
  private async uploadIf(
    container: Container,
    path: string,
    conditions: Conditions,
    upload: (options: BlockBlobUploadOptions) => Promise<{ etag?: string }>,
  ): Promise<string | undefined> {
    const isDocument = path.endsWith('.json');
    const patience = isDocument ? this.patience.document : this.patience.file;
    return ask(`${container}/${path}`, patience, async (abortSignal) => {
      try {
        const blobContentType = isDocument ? 'application/json' : 'application/octet-stream';
        const { etag } = await upload({ conditions, blobHTTPHeaders: { blobContentType }, abortSignal });
        return etag ?? '';
      } catch (error) {
        if (isRefusedByCondition(error)) return undefined;
        throw error;
      }
    });
  }

  /** What a blob that is there already means for who would have written it once. Throws {@link ConflictError}. */
  private async isSame(container: Container, path: string, expected: string): Promise<'same'> {
    const name = `${container}/${path}`;
    const found = await ask(name, this.patience.file, async (abortSignal) => {
      const hash = createHash('sha256');
      const { readableStreamBody } = await this.blob(container, path).download(0, undefined, { abortSignal });
      for await (const chunk of readableStreamBody ?? []) hash.update(Buffer.from(chunk));
      return hash.digest('hex');
    });
    if (found === expected) return 'same';
    throw new ConflictError(`${name} exists already with other content, and is written only once.`);
  }
}

function missingFile(name: string): InvalidModelError {
  return new InvalidModelError(`${name} is not there; the manifest lists it.`);
}

/** Connects to the storage account that the settings name. Throws ConfigurationError. */
export function openStorage(settings: StorageSettings): Storage {
  return new Storage(connectBlobService(settings));
}
