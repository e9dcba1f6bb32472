/**
 * @module tests/helpers/archives
 * Archives for tests, with entries that no sound program writes.
 */
import { gzipSync } from 'node:zlib';
import { type Zippable, zipSync } from 'fflate';
import { type Header, pack } from 'tar-stream';

export type TarEntry = Partial<Header> & { name: string; content?: Uint8Array | string };

/** A tar file of the entries in their order; `gzip` compresses it. */
export async function makeTar(entries: readonly TarEntry[], { gzip = false } = {}): Promise<Buffer> {
  const tar = pack();
  for (const { content = '', ...header } of entries) tar.entry(header as Header, Buffer.from(content));
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  const bytes = Buffer.concat(chunks);
  return gzip ? gzipSync(bytes) : bytes;
}

export interface ZipEntry {
  name: string;
  content?: Uint8Array | string;
  /** Unix mode, such as 0o120777 for a link. */
  mode?: number;
}

/** A zip file of the entries, made on a Unix system. */
export function makeZip(entries: readonly ZipEntry[]): Buffer {
  const files: Zippable = {};
  for (const { name, content = '', mode = 0o100644 } of entries) {
    files[name] = [new Uint8Array(Buffer.from(content)), { os: 3, attrs: mode * 2 ** 16 }];
  }
  return Buffer.from(zipSync(files));
}
