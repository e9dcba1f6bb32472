/**
 * @module tests/helpers/memory-blobs
 * Storage in memory, with what receipts, failures and the sweep ask of it: conditional writes, ETags, and ages
 * that the test decides.
 */
import type { Container } from '../../core/storage/names.ts';
import type { BlobProperties, ListedBlob, Storage, StoredBlob } from '../../core/storage/storage.ts';

interface Blob {
  bytes: Buffer;
  etag: string;
  lastModified: Date;
}

export class MemoryBlobs {
  readonly blobs = new Map<string, Blob>();
  private writes = 0;
  /** When what is written from now on was written. */
  now = new Date('2026-11-25T12:00:00.000Z');

  /** As the code under test takes it. */
  get storage(): Storage {
    return this as unknown as Storage;
  }

  put(container: Container, path: string, content: string | object = path): string {
    const bytes = Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
    const etag = `"${++this.writes}"`;
    this.blobs.set(`${container}/${path}`, { bytes, etag, lastModified: this.now });
    return etag;
  }

  json(container: Container, path: string): Record<string, unknown> {
    return JSON.parse(this.blobs.get(`${container}/${path}`)!.bytes.toString());
  }

  paths(): string[] {
    return [...this.blobs.keys()].sort();
  }

  async find(container: Container, path: string): Promise<StoredBlob | undefined> {
    return this.blobs.get(`${container}/${path}`);
  }

  async properties(container: Container, path: string): Promise<BlobProperties | undefined> {
    const blob = this.blobs.get(`${container}/${path}`);
    return blob && { bytes: blob.bytes.length, etag: blob.etag, lastModified: blob.lastModified };
  }

  async swap(
    container: Container,
    path: string,
    bytes: Uint8Array,
    etag: string | null,
  ): Promise<string | undefined> {
    const found = this.blobs.get(`${container}/${path}`)?.etag ?? null;
    return found === etag ? this.put(container, path, Buffer.from(bytes).toString()) : undefined;
  }

  async replace(...args: Parameters<MemoryBlobs['swap']>): Promise<boolean> {
    return (await this.swap(...args)) !== undefined;
  }

  async remove(container: Container, path: string, etag: string): Promise<boolean> {
    const name = `${container}/${path}`;
    return this.blobs.get(name)?.etag === etag && this.blobs.delete(name);
  }

  async *listBlobs(container: Container, prefix = ''): AsyncGenerator<ListedBlob> {
    for (const name of this.paths()) {
      if (!name.startsWith(`${container}/${prefix}`)) continue;
      const { bytes, etag, lastModified } = this.blobs.get(name)!;
      yield { path: name.slice(container.length + 1), bytes: bytes.length, etag, lastModified };
    }
  }
}
