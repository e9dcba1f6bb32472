/**
 * @module training/container/fetch-archive
 * One large blob as a file, going on where an earlier try stopped.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { BlobServiceClient } from '@azure/storage-blob';
import { DataError } from '../../core/errors.ts';
import { sha256 } from '../../core/hash.ts';
import { isRefusedByCondition, statusOf } from '../../core/storage/ask.ts';
import type { Reporter } from '../reporter.ts';
import { withPatience } from './storage-faults.ts';

export interface FetchArchiveOptions {
  /** Gets the file, and what is there of one that isn't whole yet. */
  folder: string;
  reporter: Pick<Reporter, 'line' | 'progress'>;
  /** Milliseconds before the second try; each further one waits four times as long. */
  pause?: number;
  /** Seconds without a byte after which a try is given up. */
  stallSeconds?: number;
  signal?: AbortSignal | undefined;
}

interface Remote {
  bytes: number;
  etag: string;
  md5: Buffer | null;
}

/**
 * Fetches the blob at `path` of the container `datasets`; the same one that is there whole isn't fetched again. Its
 * MD5 is checked where storage has one (a blob of one upload has, one of many blocks often hasn't).
 *
 * Throws {@link DataError} when it isn't there, is damaged, or is larger than the disk.
 */
export async function fetchArchive(
  service: BlobServiceClient,
  path: string,
  { folder, reporter, signal, pause, stallSeconds = 60 }: FetchArchiveOptions,
): Promise<string> {
  const title = `datasets/${path}`;
  const patience = pause === undefined ? {} : { pause };
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${sha256(path).slice(0, 16)}.archive`);
  const part = `${file}.part`;
  const progress = reporter.progress(`fetching ${title}, MB`);
  const fetchRest = async () => {
    const remote = await propertiesOf(service, path);
    if ((await etagOf(file)) === remote.etag && (await sizeOf(file)) === remote.bytes) {
      reporter.line(`${title} is there already`);
      return;
    }
    const have = (await etagOf(part)) === remote.etag ? Math.min(await sizeOf(part), remote.bytes) : 0;
    if (have > 0) reporter.line(`${title}: going on after ${Math.floor(have / 1e6)} MB`);
    await checkDisk(folder, remote.bytes - have, title);
    await writeFile(`${part}.etag`, remote.etag);
    const megabytes = (bytes: number) => Math.ceil(bytes / 1e6);
    const onBytes = (done: number) =>
      progress.onProgress(megabytes(done), Math.max(1, megabytes(remote.bytes)));
    await appendFrom(service, path, { part, remote, have, onBytes, stallSeconds, signal });
    await checkMd5(part, remote, title);
    await rename(`${part}.etag`, `${file}.etag`);
    await rename(part, file);
  };
  await withPatience(title, fetchRest, patience).finally(progress.end);
  return file;
}

async function propertiesOf(service: BlobServiceClient, path: string): Promise<Remote> {
  try {
    const found = await blobAt(service, path).getProperties();
    return {
      bytes: found.contentLength ?? 0,
      etag: found.etag ?? '',
      md5: found.contentMD5?.length ? Buffer.from(found.contentMD5) : null,
    };
  } catch (error) {
    // An answer to HEAD has no body, and says no more than 404.
    if (statusOf(error) !== 404) throw error;
    const hasContainer = await service.getContainerClient('datasets').exists();
    throw new DataError(
      hasContainer
        ? `There is no blob datasets/${path}. Upload it, or set TRAIN_DATA to another name.`
        : `datasets/${path} can't be read: this storage account has no container datasets. Look at MODEL_STORAGE__blobServiceUri; locally npm start makes the containers.`,
      { cause: error },
    );
  }
}

async function appendFrom(
  service: BlobServiceClient,
  path: string,
  at: {
    part: string;
    remote: Remote;
    have: number;
    onBytes: (done: number) => void;
    stallSeconds: number;
    signal: AbortSignal | undefined;
  },
): Promise<void> {
  const { part, remote, have, onBytes, stallSeconds, signal } = at;
  if (have === remote.bytes && have > 0) return;
  const stall = new AbortController();
  const timer = setTimeout(() => stall.abort(), stallSeconds * 1000);
  const abortSignal = signal ? AbortSignal.any([signal, stall.signal]) : stall.signal;
  const output = await open(part, have > 0 ? 'r+' : 'w');
  try {
    const { readableStreamBody } = await blobAt(service, path).download(have, undefined, {
      conditions: { ifMatch: remote.etag },
      abortSignal,
    });
    let done = have;
    // At its place: a part may be longer than what of it is known to be good.
    for await (const chunk of readableStreamBody ?? []) {
      timer.refresh();
      const bytes = Buffer.from(chunk);
      await output.write(bytes, 0, bytes.length, done);
      done += bytes.length;
      onBytes(done);
    }
    if (done !== remote.bytes) throw lostConnection(`${done} of ${remote.bytes} bytes came`);
  } catch (error) {
    if (isRefusedByCondition(error)) throw lostConnection('it has changed meanwhile');
    throw error;
  } finally {
    clearTimeout(timer);
    await output.close();
  }
}

/** A fault that another try mends. */
const lostConnection = (message: string) => Object.assign(new Error(message), { code: 'ECONNRESET' });

async function checkMd5(part: string, { md5 }: Remote, title: string): Promise<void> {
  if (md5 === null) return;
  const hash = createHash('md5');
  await pipeline(createReadStream(part, { highWaterMark: 1 << 20 }), hash);
  const found = hash.digest();
  if (found.equals(md5)) return;
  await rm(part, { force: true });
  throw new DataError(
    `${title} is damaged: its MD5 is ${found.toString('hex')}, when it was written it was ${md5.toString('hex')}. Upload it again.`,
  );
}

async function checkDisk(folder: string, needed: number, title: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (needed <= bavail * bsize) return;
  throw new DataError(
    `${title} has ${Math.ceil(needed / 1e6)} MB to fetch, and ${folder} has ${Math.floor((bavail * bsize) / 1e6)} MB left. TRAIN_WORK names another folder.`,
  );
}

const blobAt = (service: BlobServiceClient, path: string) =>
  service.getContainerClient('datasets').getBlobClient(path);

const etagOf = (path: string) => readFile(`${path}.etag`, 'utf8').catch(() => null);

const sizeOf = (path: string) =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );
