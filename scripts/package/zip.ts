/**
 * @module scripts/package/zip
 * A zip that is the same, byte for byte, for the same files: whatever the time, the machine and its time zone.
 */
import { unzipSync, type Zippable, zip } from 'fflate';

export interface ZipPart {
  name: string;
  /** As they lie in the zip, compressed. */
  bytes: number;
}

/** As local time, which is what a zip holds. */
const TIME = new Date(1980, 0, 1);
const UNIX = 3;
const PLAIN_FILE = (0o100644 << 16) >>> 0;

/** Packs `files`, path to content, sorted by path. Rejects with the reason when `signal` is aborted. */
export function zipFiles(
  files: ReadonlyMap<string, Uint8Array>,
  { signal }: { signal: AbortSignal },
): Promise<Uint8Array> {
  const entries: Zippable = {};
  for (const path of [...files.keys()].sort()) entries[path] = files.get(path)!;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    // fflate, not zlib: zlib's output differs between processors. In workers, so that signals are heard.
    const stop = zip(entries, { level: 6, mtime: TIME, os: UNIX, attrs: PLAIN_FILE }, (error, bytes) =>
      error ? reject(error) : resolve(bytes),
    );
    signal.addEventListener(
      'abort',
      () => {
        stop();
        reject(signal.reason);
      },
      { once: true },
    );
  });
}

/** What a zip is made of, the largest first: its packages, and its files outside of node_modules. */
export function partsOf(bytes: Uint8Array): ZipPart[] {
  const sizes = new Map<string, number>();
  unzipSync(bytes, {
    filter({ name, size }) {
      const part = /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name;
      sizes.set(part, (sizes.get(part) ?? 0) + size);
      return false;
    },
  });
  return [...sizes].map(([name, size]) => ({ name, bytes: size })).sort((a, b) => b.bytes - a.bytes);
}
