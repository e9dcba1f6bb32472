/**
 * @module training/container/fetch-blobs
 * All blobs below a prefix of the container `datasets`, as a folder. A fetch that was stopped goes on where it was; a
 * second one of the same data set fetches only what has changed.
 */
import { appendFile, mkdir, readdir, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { mapConcurrently } from '../../core/concurrency.ts';
import { DataError, InvalidModelError } from '../../core/errors.ts';
import { sha256 } from '../../core/hash.ts';
import { MOST_PICTURE_BYTES } from '../../core/image/open.ts';
import type { ListedBlob, Storage } from '../../core/storage/storage.ts';
import type { Reporter } from '../reporter.ts';
import { planFiles, type WantedBlob } from './blob-paths.ts';
import { withPatience } from './storage-faults.ts';

const AT_ONCE = 8;

export interface FetchOptions {
  /** Gets a folder for the data set, and what is remembered of it. */
  folder: string;
  reporter: Pick<Reporter, 'line' | 'progress'>;
  /** Whether no blob at all is a fault. */
  mayBeEmpty?: boolean;
  /** Ends the fetch between two blobs. */
  signal?: AbortSignal | undefined;
  /** Milliseconds before the second try of a blob; each further one waits four times as long. */
  pause?: number;
}

export interface FetchedFolder {
  folder: string;
  files: number;
  /** Files that came now; the others were there. */
  fetched: number;
}

/**
 * Makes `folder/{hash of prefix}` hold the very files below `datasets/{prefix}`: each is checked by the MD5 that storage
 * has of it, written beside its place and renamed. What is no longer in storage is removed.
 *
 * Throws {@link DataError} for a prefix without blobs, a name that leads out of the folder, a file that is damaged, or
 * more bytes than the disk has.
 */
export async function fetchBlobs(
  storage: Pick<Storage, 'listBlobs' | 'find'>,
  prefix: string,
  options: FetchOptions,
): Promise<FetchedFolder> {
  const { reporter, signal, mayBeEmpty = false, pause } = options;
  const patience = pause === undefined ? {} : { pause };
  const title = `datasets/${prefix}`;
  const key = sha256(prefix).slice(0, 16);
  const place = join(options.folder, key);
  const note = join(options.folder, `${key}.jsonl`);

  const listed = await withPatience(title, () => listAll(storage, prefix), patience);
  const wanted = planFiles(listed, prefix);
  const tooLarge = wanted.filter(({ bytes }) => bytes > MOST_PICTURE_BYTES);
  for (const { path, bytes } of tooLarge) {
    reporter.line(
      `note: datasets/${path} has ${Math.ceil(bytes / 1e6)} MB and is no picture that can be read: not fetched`,
    );
  }
  const files = wanted.filter(({ bytes }) => bytes <= MOST_PICTURE_BYTES);
  if (files.length === 0 && !mayBeEmpty) {
    throw new DataError(
      `There is no photograph below ${title}. Upload <breed>/*.jpg to it, or set TRAIN_DATA to another name.`,
    );
  }
  await mkdir(place, { recursive: true });
  const have = await readNote(note);
  const missing: WantedBlob[] = [];
  for (const blob of files) {
    const isThere =
      have.get(blob.file) === blob.etag && (await sizeOf(join(place, blob.file))) === blob.bytes;
    if (!isThere) missing.push(blob);
  }
  await removeOthers(place, new Set(files.map(({ file }) => file)));
  await checkDisk(options.folder, missing, title);
  // Written anew, so that it doesn't grow with every run.
  const kept = files.filter((blob) => !missing.includes(blob));
  await writeFile(`${note}.tmp`, kept.map(noteOf).join(''));
  await rename(`${note}.tmp`, note);

  const total = sumOf(files);
  let done = total - sumOf(missing);
  if (kept.length > 0) reporter.line(`${title}: ${kept.length} of ${files.length} files are there already`);
  const progress = reporter.progress(`fetching ${title}, MB`);
  const megabytes = (bytes: number) => Math.ceil(bytes / 1e6);
  await mapConcurrently(missing, AT_ONCE, async (blob) => {
    signal?.throwIfAborted();
    await withPatience(
      `datasets/${blob.path}`,
      () => fetchOne(storage, blob, join(place, blob.file)),
      patience,
    );
    await appendFile(note, noteOf(blob));
    done += blob.bytes;
    progress.onProgress(megabytes(done), Math.max(1, megabytes(total)));
  }).finally(progress.end);
  return { folder: place, files: files.length, fetched: missing.length };
}

async function listAll(storage: Pick<Storage, 'listBlobs'>, prefix: string): Promise<ListedBlob[]> {
  const blobs: ListedBlob[] = [];
  for await (const blob of storage.listBlobs('datasets', prefix)) blobs.push(blob);
  return blobs;
}

async function fetchOne(storage: Pick<Storage, 'find'>, blob: WantedBlob, path: string): Promise<void> {
  const found = await storage
    .find('datasets', blob.path, { largestBytes: MOST_PICTURE_BYTES })
    .catch((error: unknown) => {
      // Its MD5 differs, or it has grown since it was listed.
      if (error instanceof InvalidModelError)
        throw new DataError(`${error.message} Upload it again.`, { cause: error });
      throw error;
    });
  if (found === undefined || found.etag !== blob.etag) {
    throw new DataError(
      `datasets/${blob.path} has changed while it was fetched. Start again when nobody writes to the data set.`,
    );
  }
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.part`, found.bytes);
  await rename(`${path}.part`, path);
}

/** ETags by file, of what was written whole. A line that a kill has cut off counts for nothing. */
async function readNote(path: string): Promise<Map<string, string>> {
  const lines = (await readFile(path, 'utf8').catch(() => '')).split('\n');
  return new Map(
    lines.flatMap((line) => {
      try {
        const { file, etag } = JSON.parse(line) as { file: string; etag: string };
        return [[file, etag] as const];
      } catch {
        return [];
      }
    }),
  );
}

const noteOf = ({ file, etag }: WantedBlob) => `${JSON.stringify({ file, etag })}\n`;

/** What was taken out of the data set, feedback that somebody withdrew say, and what a kill has left half. */
async function removeOthers(folder: string, files: ReadonlySet<string>): Promise<void> {
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const file = path.slice(folder.length + 1).replaceAll('\\', '/');
    if (!entry.isDirectory() && !files.has(file)) await rm(path);
  }
}

async function checkDisk(folder: string, missing: readonly WantedBlob[], title: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const needed = sumOf(missing);
  if (needed <= bavail * bsize) return;
  throw new DataError(
    `${title} has ${Math.ceil(needed / 1e6)} MB to fetch, and ${folder} has ${Math.floor((bavail * bsize) / 1e6)} MB left. TRAIN_WORK names another folder.`,
  );
}

const sumOf = (blobs: readonly WantedBlob[]) => blobs.reduce((sum, { bytes }) => sum + bytes, 0);

const sizeOf = (path: string) =>
  stat(path).then(
    ({ size }) => size,
    () => -1,
  );
