/**
 * @module core/storage/storage
 * What Pawprint asks of Blob Storage: read, write once, and move by compare-and-swap.
 */
import type { BlobServiceClient } from '@azure/storage-blob';
import { ConflictError, InvalidModelError, NotFoundError, UnavailableError } from '../errors.ts';
import { sha256 } from '../hash.ts';
import type { ManifestFile } from '../manifest.ts';
import { connectBlobService, type StorageSettings } from './client.ts';
import { CONTAINERS, type Container } from './names.ts';

export interface StoredBlob {
  bytes: Buffer;
  etag: string;
}

/** Manifests, records and pointers are small; one larger than this is refused before it is read. */
const LARGEST_JSON_BYTES = 8 * 1024 * 1024;

export class Storage {
  private readonly service: BlobServiceClient;

  constructor(service: BlobServiceClient) {
    this.service = service;
  }

  /** Makes the containers that are missing. On Azure they are provisioned; locally this does it. */
  async ensureContainers(): Promise<void> {
    for (const name of CONTAINERS) {
      await ask(`container ${name}`, () => this.service.getContainerClient(name).createIfNotExists());
    }
  }

  /** The whole blob and its ETag, or undefined when there is none, or when it is still the one with `unlessEtag`. */
  async find(
    container: Container,
    path: string,
    { unlessEtag, largestBytes = LARGEST_JSON_BYTES }: { unlessEtag?: string; largestBytes?: number } = {},
  ): Promise<StoredBlob | undefined> {
    const blob = this.blob(container, path);
    const conditions = unlessEtag === undefined ? {} : { conditions: { ifNoneMatch: unlessEtag } };
    return ask(`${container}/${path}`, async () => {
      try {
        const response = await blob.download(0, undefined, conditions);
        const size = response.contentLength ?? 0;
        if (size > largestBytes) {
          response.readableStreamBody?.resume();
          throw new InvalidModelError(
            `${container}/${path} has ${size} bytes; at most ${largestBytes} are read.`,
          );
        }
        const chunks: Buffer[] = [];
        for await (const chunk of response.readableStreamBody ?? []) chunks.push(Buffer.from(chunk));
        return { bytes: Buffer.concat(chunks), etag: response.etag ?? '' };
      } catch (error) {
        if (statusOf(error) === 404 || statusOf(error) === 304) return undefined;
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
    const path = `${version}/${file.path}`;
    const blob = await this.find(container, path, { largestBytes: file.bytes });
    if (blob === undefined) {
      throw new InvalidModelError(`${container}/${path} is not there; the manifest lists it.`);
    }
    if (blob.bytes.length !== file.bytes) {
      throw new InvalidModelError(
        `${container}/${path} has ${blob.bytes.length} bytes; by the manifest it has ${file.bytes}.`,
      );
    }
    const found = sha256(blob.bytes);
    if (found !== file.sha256) {
      throw new InvalidModelError(
        `${container}/${path} is damaged: its SHA-256 is ${found}, by the manifest ${file.sha256}.`,
      );
    }
    return blob.bytes;
  }

  /**
   * Writes a blob that isn't there yet. When it is there with the same content, that is success too, so
   * that work which was cut off can be done again; with other content it throws {@link ConflictError}.
   */
  async createOnce(container: Container, path: string, bytes: Uint8Array): Promise<'created' | 'same'> {
    const written = await this.writeIf(container, path, bytes, { ifNoneMatch: '*' });
    if (written) return 'created';
    const existing = await this.find(container, path, { largestBytes: Number.POSITIVE_INFINITY });
    if (existing !== undefined && sha256(existing.bytes) === sha256(bytes)) return 'same';
    throw new ConflictError(
      `${container}/${path} exists already with other content, and is written only once.`,
    );
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
    return this.writeIf(container, path, bytes, etag === null ? { ifNoneMatch: '*' } : { ifMatch: etag });
  }

  /** The paths in a container that begin with `prefix`, in the order of their bytes. */
  async list(container: Container, prefix = ''): Promise<string[]> {
    return ask(`${container}/${prefix}*`, async () => {
      const paths: string[] = [];
      const blobs = this.service.getContainerClient(container).listBlobsFlat({ prefix });
      for await (const blob of blobs) paths.push(blob.name);
      return paths;
    });
  }

  private blob(container: Container, path: string) {
    return this.service.getContainerClient(container).getBlockBlobClient(path);
  }

  private async writeIf(
    container: Container,
    path: string,
    bytes: Uint8Array,
    conditions: { ifMatch?: string; ifNoneMatch?: string },
  ): Promise<boolean> {
    return ask(`${container}/${path}`, async () => {
      try {
        const blobContentType = path.endsWith('.json') ? 'application/json' : 'application/octet-stream';
        await this.blob(container, path).uploadData(bytes, {
          conditions,
          blobHTTPHeaders: { blobContentType },
          // One request for one blob: a block list would be a second, with a window between them.
          maxSingleShotSize: 256 * 1024 * 1024,
        });
        return true;
      } catch (error) {
        const code = (error as { code?: string } | null)?.code;
        if (code === 'BlobAlreadyExists' || code === 'ConditionNotMet') return false;
        throw error;
      }
    });
  }
}

/** Connects to the storage account that the settings name. Throws ConfigurationError. */
export function openStorage(settings: StorageSettings): Storage {
  return new Storage(connectBlobService(settings));
}

function statusOf(error: unknown): number | undefined {
  return (error as { statusCode?: number } | null)?.statusCode;
}

/** Turns the SDK's errors into ours: storage that can't be reached or refuses is unavailable, named by blob. */
async function ask<T>(what: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    const fromStorage = (error as { name?: string } | null)?.name === 'RestError';
    if (!fromStorage) throw error;
    const reason = (error as { code?: string }).code ?? statusOf(error) ?? 'no answer';
    throw new UnavailableError(`Storage didn't answer for ${what} (${reason}). Try again in a moment.`, {
      cause: error,
      retryAfterSeconds: 5,
      publicMessage: "Storage can't be reached. Try again in a moment.",
    });
  }
}
