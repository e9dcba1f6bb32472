/**
 * @module training/data/unpack-tar
 * The entries of a tar file, compressed with gzip or not.
 */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { type ReadArchiveOptions, refusedEntry } from './archive-entry.ts';

/** Hands every entry of the tar file at `path` to `take`, one at a time. Throws what it throws, and for a damaged file. */
export async function readTar(path: string, { take, gzip, onProgress }: ReadArchiveOptions): Promise<void> {
  const { size } = await stat(path);
  let done = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, next) {
      done += chunk.length;
      onProgress?.(done, size);
      next(null, chunk);
    },
  });
  const entries = extract();
  const source = createReadStream(path, { highWaterMark: 1 << 18 });
  const reading = gzip ? pipeline(source, count, createGunzip(), entries) : pipeline(source, count, entries);
  const taking = (async () => {
    for await (const entry of entries) {
      const { name, type } = entry.header;
      const isFile = type === 'file' || type === 'contiguous-file';
      if (!isFile && type !== 'directory')
        throw refusedEntry(name, `it is a ${type ?? 'thing of an unknown kind'}`);
      // Before 1988 a folder was a file whose name ends in a slash.
      const kind = isFile && !name.endsWith('/') ? 'file' : 'folder';
      // The library's streams aren't Node's: a pipeline that begins after one has failed would wait for ever.
      await take({ name, kind, content: Readable.from(entry, { objectMode: false }) });
    }
  })();
  // What `take` throws ends the reading too, with an error that says less.
  const [taken, read] = await Promise.allSettled([taking, reading]);
  if (taken.status === 'rejected') throw taken.reason;
  if (read.status === 'rejected') throw read.reason;
}
