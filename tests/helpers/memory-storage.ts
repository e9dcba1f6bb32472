/**
 * @module tests/helpers/memory-storage
 * Storage that keeps blobs in memory, with ETags that change at each write and conditions that hold. Every call takes a
 * turn of the event loop at least, so that calls at once really interleave.
 */
import { InvalidModelError, NotFoundError } from '../../core/errors.ts';
import { sha256 } from '../../core/hash.ts';
import type { ManifestFile } from '../../core/manifest.ts';
import type { Container } from '../../core/storage/names.ts';
import type { ListedBlob, Storage, StoredBlob } from '../../core/storage/storage.ts';

export interface MemoryStorage {
  storage: Storage;
  /** Content by `container/path`. */
  blobs: Map<string, StoredBlob & { lastModified: Date }>;
  /** Runs before each call, with its name and blob: to fail it, to hold it up, or to change what is there. */
  before: (call: string, name: string) => Promise<void> | void;
}

export function memoryStorage(): MemoryStorage {
  let writes = 0;
  const blobs: MemoryStorage['blobs'] = new Map();
  const memory: Pick<MemoryStorage, 'before'> = { before: () => {} };
  const turn = async (call: string, name: string) => {
    await new Promise((resolve) => setImmediate(resolve));
    await memory.before(call, name);
  };
  const write = (name: string, bytes: Uint8Array) => {
    const etag = `"${++writes}"`;
    blobs.set(name, { bytes: Buffer.from(bytes), etag, lastModified: new Date() });
    return etag;
  };
  const paths = (container: Container, prefix: string) =>
    [...blobs.keys()]
      .filter((name) => name.startsWith(`${container}/${prefix}`))
      .map((name) => name.slice(container.length + 1))
      .sort();

  const lookUp = async (container: Container, path: string) => {
    await turn('find', `${container}/${path}`);
    const blob = blobs.get(`${container}/${path}`);
    return blob && { bytes: Buffer.from(blob.bytes), etag: blob.etag };
  };
  const storage = {
    async find(container: Container, path: string, { unlessEtag }: { unlessEtag?: string } = {}) {
      const blob = await lookUp(container, path);
      return blob !== undefined && blob.etag === unlessEtag ? 'unchanged' : blob;
    },
    async read(container: Container, path: string) {
      const blob = await lookUp(container, path);
      if (blob === undefined) throw new NotFoundError(`${container}/${path} is not there.`);
      return blob;
    },
    async readModelFile(container: Container, version: string, file: ManifestFile) {
      const blob = await lookUp(container, `${version}/${file.path}`);
      if (blob === undefined || sha256(blob.bytes) !== file.sha256) {
        throw new InvalidModelError(`${container}/${version}/${file.path} is missing or damaged.`);
      }
      return blob.bytes;
    },
    async properties(container: Container, path: string) {
      await turn('properties', `${container}/${path}`);
      const blob = blobs.get(`${container}/${path}`);
      return blob && { bytes: blob.bytes.length, etag: blob.etag, lastModified: blob.lastModified };
    },
    async createOnce(container: Container, path: string, bytes: Uint8Array) {
      await turn('createOnce', `${container}/${path}`);
      const existing = blobs.get(`${container}/${path}`);
      if (existing === undefined) write(`${container}/${path}`, bytes);
      else if (!existing.bytes.equals(bytes)) throw new Error(`${path} exists with other content`);
      return existing === undefined ? 'created' : 'same';
    },
    async replace(container: Container, path: string, bytes: Uint8Array, etag: string | null) {
      await turn('replace', `${container}/${path}`);
      if ((blobs.get(`${container}/${path}`)?.etag ?? null) !== etag) return false;
      write(`${container}/${path}`, bytes);
      return true;
    },
    async swap(container: Container, path: string, bytes: Uint8Array, etag: string | null) {
      await turn('swap', `${container}/${path}`);
      if ((blobs.get(`${container}/${path}`)?.etag ?? null) !== etag) return undefined;
      return write(`${container}/${path}`, bytes);
    },
    async remove(container: Container, path: string, etag: string) {
      await turn('remove', `${container}/${path}`);
      if (blobs.get(`${container}/${path}`)?.etag !== etag) return false;
      return blobs.delete(`${container}/${path}`);
    },
    async list(container: Container, prefix = '') {
      await turn('list', `${container}/${prefix}*`);
      return paths(container, prefix);
    },
    async *listBlobs(container: Container, prefix = ''): AsyncGenerator<ListedBlob> {
      await turn('list', `${container}/${prefix}*`);
      for (const path of paths(container, prefix)) {
        const { bytes, etag, lastModified } = blobs.get(`${container}/${path}`)!;
        yield { path, bytes: bytes.length, etag, lastModified };
      }
    },
  };
  return Object.assign(memory, { storage: storage as unknown as Storage, blobs });
}
