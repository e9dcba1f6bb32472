/**
 * @module training/data/unpack
 * Archives of photographs, unpacked once into the user's cache folder.
 */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DataError, messageOf, PawprintError } from '../../core/errors.ts';
import { isAlive } from '../../core/lock-file.ts';
import { unfinished } from '../version/write-version.ts';
import { type ArchiveEntry, refusedEntry, safeEntryPath } from './archive-entry.ts';
import { isHidden, kindOf } from './entries.ts';
import { readTar } from './unpack-tar.ts';
import { readZip } from './unpack-zip.ts';

/** What an archive may unpack to. The Oxford set is 15,000 entries of 800 MB. */
export interface Limits {
  entries: number;
  bytes: number;
}
const UNFINISHED = '.unfinished';
const LIMITS: Limits = { entries: 500_000, bytes: 20_000_000_000 };

export interface UnpackOptions {
  /** Pawprint's folder in the user's cache folder. */
  cache: string;
  /** SHA-256 that the archive must have. */
  sha256?: string | undefined;
  limits?: Limits;
  /** Called with the bytes of the archive that were read and all. */
  onProgress?: (done: number, total: number) => void;
}

/** The marks of a first entry, and of a zip without any: `PK` and two bytes. */
const ZIP: readonly number[] = [0x504b0304, 0x504b0506];

export type ArchiveFormat = 'tar.gz' | 'tar' | 'zip';

/** The kind of archive that a file is by its first bytes, whatever it is called; null for none. */
export async function sniffArchive(path: string): Promise<ArchiveFormat | null> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
    if (buffer.readUInt16BE(0) === 0x1f8b) return 'tar.gz';
    if (ZIP.includes(buffer.readUInt32BE(0))) return 'zip';
    // POSIX and GNU tar; one older than 1988 has no mark.
    return bytesRead === 512 && buffer.toString('latin1', 257, 262) === 'ustar' ? 'tar' : null;
  } finally {
    await file.close();
  }
}

/**
 * The folder that the archive at `path` is unpacked to: `cache/data/<SHA-256 of the archive>`, so the same
 * archive is unpacked once, wherever it came from. It is unpacked beside its place and renamed: a folder of
 * that name is whole.
 *
 * Throws {@link DataError} for a file that is no archive, is damaged, has another SHA-256, or has an entry that
 * leads out of the folder, is a link or a device, is there twice, or is more than `limits` allow.
 */
export async function unpackArchive(path: string, options: UnpackOptions): Promise<string> {
  const { cache, sha256: expected, limits = LIMITS, onProgress } = options;
  const format = await sniffArchive(path);
  if (format === null) {
    throw new DataError(
      `${path} is neither a folder nor a .tar.gz, .tgz, .tar or .zip: --data takes one of these.`,
    );
  }
  const hash = await hashFile(path);
  if (expected !== undefined && expected !== hash) throw wrongHash(path, { expected, hash });
  const place = unpackedPlace(cache, hash);
  if ((await kindOf(place)) === 'folder') return place;

  await clearUnfinished(dirname(place));
  const temporary = `${place}.${process.pid}${UNFINISHED}`;
  await mkdir(temporary, { recursive: true });
  unfinished.add(temporary);
  try {
    const take = openWriter(temporary, limits);
    await (format === 'zip' ? readZip : readTar)(path, { take, onProgress, gzip: format === 'tar.gz' });
    await rename(temporary, place).catch(async (error: unknown) => {
      // Another run was faster: what it made of the same bytes is the same.
      if ((await kindOf(place)) !== 'folder') throw error;
    });
  } catch (error) {
    if (error instanceof PawprintError) throw error;
    throw new DataError(
      `${path} can't be unpacked: ${messageOf(error).replace(/\.$/, '')}. It may be damaged or cut off.`,
      {
        cause: error,
      },
    );
  } finally {
    await rm(temporary, { recursive: true, force: true });
    unfinished.delete(temporary);
  }
  return place;
}

/** Takes away what runs that were killed have left: it can be gigabytes. */
async function clearUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const owner = name.endsWith(UNFINISHED) ? Number(name.slice(0, -UNFINISHED.length).split('.').pop()) : 0;
    // What has this process's own number is of an earlier one: its own comes later.
    if (owner > 0 && (owner === process.pid || !isAlive(owner)))
      await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** Where an archive of this SHA-256 is, or would be, unpacked. */
export const unpackedPlace = (cache: string, hash: string) => join(cache, 'data', hash);

export function wrongHash(path: string, { expected, hash }: { expected: string; hash: string }): DataError {
  return new DataError(`${path} has the SHA-256 ${hash}, not ${expected} as --sha256 says. It isn't used.`);
}

/** SHA-256 of a file that may be larger than memory. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

/** Writes entries under `folder` and counts what they say and what they really are. */
function openWriter(folder: string, limits: Limits): (entry: ArchiveEntry) => Promise<void> {
  const written = new Set<string>();
  let [entries, bytes] = [0, 0];
  return async ({ name, kind, content }) => {
    const path = safeEntryPath(name);
    if (++entries > limits.entries) {
      throw refusedEntry(name, `the archive has more than ${limits.entries} entries`);
    }
    const count = new Transform({
      transform(chunk: Buffer, _encoding, done) {
        bytes += chunk.length;
        const isBomb = bytes > limits.bytes;
        if (isBomb) done(refusedEntry(name, `the archive unpacks to more than ${limits.bytes} bytes`));
        else done(null, chunk);
      },
    });
    const isWanted = kind === 'file' && path !== '' && !path.split('/').some(isHidden);
    if (!isWanted) {
      // Read to its end all the same: a bomb may be called .hidden.
      await pipeline(content, count, async (chunks) => {
        for await (const _ of chunks);
      });
      return;
    }
    if (written.has(path)) throw refusedEntry(name, 'it is there twice');
    written.add(path);
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await pipeline(content, count, createWriteStream(join(folder, path), { flags: 'wx' }));
  };
}
