/**
 * @module training/data/source
 * What `--data` names, as a folder on this machine: a folder, an archive, or an archive by https.
 */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DataError } from '../../core/errors.ts';
import { sha256 } from '../../core/hash.ts';
import type { Reporter } from '../reporter.ts';
import { type DownloadOptions, download, isUnchanged, publicUrl, type Validators } from './download.ts';
import { kindOf } from './entries.ts';
import { hashFile, type Limits, unpackArchive, unpackedPlace, wrongHash } from './unpack.ts';

export interface SourceOptions extends Pick<DownloadOptions, 'allowLoopbackHttp'> {
  /** Pawprint's folder in the user's cache folder. */
  cache: string;
  /** SHA-256 that the archive must have; '' for any. */
  sha256?: string;
  reporter: Pick<Reporter, 'line' | 'progress'>;
  limits?: Limits;
}

export interface Source {
  folder: string;
  /** `data` without a secret in it. */
  title: string;
}

/**
 * Finds, downloads and unpacks. An archive with a known `sha256` that was unpacked before needs no network; one by
 * an address alone is downloaded again when its server says that it has changed.
 *
 * Throws {@link DataError} for what isn't there, isn't an archive, or has another SHA-256.
 */
export async function openSource(data: string, options: SourceOptions): Promise<Source> {
  const expected = options.sha256 ? options.sha256.toLowerCase() : undefined;
  if (expected !== undefined && !/^[0-9a-f]{64}$/.test(expected)) {
    throw new DataError(`--sha256 is ${JSON.stringify(options.sha256)}, expected 64 hex digits.`);
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(data)) return openAddress(data, { ...options, expected });
  const path = resolve(data);
  const kind = await kindOf(path);
  if (kind === 'other') {
    throw new DataError(`There is no folder and no archive ${data}. --data names the folder of photographs.`);
  }
  if (kind === 'folder') {
    if (expected) throw new DataError(`--sha256 is given, but ${data} is a folder; it is for archives.`);
    return { folder: path, title: data };
  }
  return { folder: await unpack(path, { ...options, expected }), title: data };
}

type WithExpected = SourceOptions & { expected: string | undefined };

async function openAddress(address: string, options: WithExpected): Promise<Source> {
  const { cache, expected, reporter, allowLoopbackHttp = false } = options;
  const title = URL.canParse(address) ? publicUrl(address) : address;
  const addresses = join(cache, 'data', 'addresses');
  const note = join(addresses, `${sha256(address).slice(0, 32)}.json`);
  const kept = await readNote(note);
  const known = expected ?? kept?.sha256 ?? '';
  const place = unpackedPlace(cache, known);
  if (known !== '' && (await kindOf(place)) === 'folder') {
    const unchanged = expected || !kept ? true : await isUnchanged(address, kept.validators, options);
    if (unchanged !== false) {
      const doubt = unchanged === null ? '; whether it has changed since, its server does not say' : '';
      reporter.line(`${title} was unpacked before, to ${place}${doubt}`);
      return { folder: place, title };
    }
    reporter.line(`${title} has changed since it was unpacked`);
  }
  const progress = reporter.progress(`downloading ${title}, MB`);
  const { path, validators } = await download(address, {
    folder: addresses,
    allowLoopbackHttp,
    onProgress: inMegabytes(progress.onProgress),
  }).finally(progress.end);
  try {
    const hash = await hashFile(path);
    if (expected !== undefined && hash !== expected) throw wrongHash(title, { expected, hash });
    const folder = await unpack(path, options);
    await writeFile(`${note}.tmp`, JSON.stringify({ sha256: hash, validators } satisfies Note));
    await rename(`${note}.tmp`, note);
    return { folder, title };
  } finally {
    // Unpacked it is there twice, and refused it is of no use.
    await rm(path, { force: true });
  }
}

/** What is remembered of an address: the archive that came from it. */
interface Note {
  sha256: string;
  validators: Validators;
}

async function readNote(path: string): Promise<Note | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Note;
  } catch {
    // None yet, or one that a power cut left empty.
    return null;
  }
}

async function unpack(path: string, { cache, expected, limits, reporter }: WithExpected): Promise<string> {
  const progress = reporter.progress('unpacking, MB');
  return unpackArchive(path, {
    cache,
    sha256: expected,
    ...(limits && { limits }),
    onProgress: inMegabytes(progress.onProgress),
  }).finally(progress.end);
}

/** Progress in whole megabytes, and only where the number in all is known. */
function inMegabytes(onProgress: (done: number, total: number) => void) {
  return (done: number, total: number) => {
    if (total > 0) onProgress(Math.floor(done / 1e6), Math.max(1, Math.ceil(total / 1e6)));
  };
}
