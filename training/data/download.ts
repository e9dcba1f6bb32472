/**
 * @module training/data/download
 * A file by https into a folder, going on where an earlier try stopped.
 */
import { mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { DataError, messageOf, PawprintError } from '../../core/errors.ts';
import { sha256 } from '../../core/hash.ts';
import { takeLock } from '../../core/lock-file.ts';

export interface DownloadOptions {
  /** Gets the file, and what is there of one that isn't whole yet. */
  folder: string;
  /**
   * Plain http from this machine itself, for tests. Everything else must be https: an archive that somebody on
   * the way can change decides what is trained.
   */
  allowLoopbackHttp?: boolean;
  /** Tries in all; each goes on where the last one stopped. */
  tries?: number;
  /** Seconds without a byte after which a try is given up. */
  stallSeconds?: number;
  /** Called with the bytes that are there; in all is 0 where the server doesn't say. */
  onProgress?: ((done: number, total: number) => void) | undefined;
}

/** What a server said of a file, by which it can be asked whether it is still the same. */
export interface Validators {
  etag: string | null;
  lastModified: string | null;
}

const MOST_REDIRECTS = 5;

/** A URL without what may be a secret in it: the query (signatures), user and password. */
export function publicUrl(text: string): string {
  const { protocol, host, pathname } = new URL(text);
  return `${protocol}//${host}${pathname}`;
}

/**
 * Downloads `address` and returns the path of the file, which is whole. The rest of an interrupted download is
 * asked for by `Range` with `If-Range` (RFC 9110, 13.1.5 and 14.2), so a file that has changed meanwhile begins
 * anew.
 *
 * Throws {@link DataError} for an address that isn't https, an answer other than 200 or 206, when all tries fail, or
 * while another process downloads the same.
 */
export async function download(
  address: string,
  options: DownloadOptions,
): Promise<{ path: string; validators: Validators }> {
  const url = checkAddress(address, options);
  await mkdir(options.folder, { recursive: true });
  const path = join(options.folder, sha256(address).slice(0, 32));
  const lock = takeLock(`${path}.lock`);
  if ('owner' in lock) {
    throw new DataError(
      `${publicUrl(address)} is being downloaded by process ${lock.owner}. Run it again when that is done, or stop it.`,
    );
  }
  try {
    const validators = await fetchWhole(url, `${path}.part`, options);
    await rename(`${path}.part`, path);
    await rm(`${path}.part.json`, { force: true });
    return { path, validators };
  } finally {
    lock.release();
  }
}

/**
 * Whether the file at `address` is still the one of which the server said `validators`. Null where nobody can tell:
 * it said nothing, or can't be reached.
 */
export async function isUnchanged(
  address: string,
  { etag, lastModified }: Validators,
  options: Pick<DownloadOptions, 'allowLoopbackHttp' | 'stallSeconds'>,
): Promise<boolean | null> {
  if (etag === null && lastModified === null) return null;
  const headers = {
    ...(etag !== null && { 'if-none-match': etag }),
    ...(etag === null && lastModified !== null && { 'if-modified-since': lastModified }),
    'accept-encoding': 'identity',
  };
  const signal = AbortSignal.timeout((options.stallSeconds ?? 60) * 1000);
  const url = checkAddress(address, options);
  const response = await follow(url, headers, { ...options, signal }).catch(() => null);
  await response?.body?.cancel();
  if (response?.status === 304) return true;
  return response?.status === 200 ? false : null;
}

/** Tries until `part` is whole. */
async function fetchWhole(url: URL, part: string, options: DownloadOptions): Promise<Validators> {
  const { tries = 5 } = options;
  for (let tried = 1; ; tried++) {
    try {
      return await fetchRest(url, part, options);
    } catch (error) {
      if (error instanceof PawprintError) throw error;
      if (tried >= tries) {
        const reason = messageOf((error as Error).cause ?? error);
        throw new DataError(
          `${publicUrl(url.href)} can't be downloaded: ${reason}. Run it again to go on where it stopped, or download it by other means and name the file.`,
          { cause: error },
        );
      }
      await wait(Math.min(200 * 2 ** tried, 10_000));
    }
  }
}

/** Adds what is missing to `part`. Throws {@link DataError} for what another try can't mend, else any error. */
async function fetchRest(url: URL, part: string, options: DownloadOptions): Promise<Validators> {
  const { stallSeconds = 60, onProgress } = options;
  const stall = new AbortController();
  const resetStall = () => {
    clearTimeout(timer);
    timer = setTimeout(
      () => stall.abort(new Error(`no byte came for ${stallSeconds} s`)),
      stallSeconds * 1000,
    );
  };
  let timer: NodeJS.Timeout | undefined;
  resetStall();
  try {
    const have = await readPart(part);
    const headers = have ? { range: `bytes=${have.bytes}-`, 'if-range': have.condition } : {};
    // Compressed on the way, byte counts would be those of another file.
    const response = await follow(
      url,
      { ...headers, 'accept-encoding': 'identity' },
      { ...options, signal: stall.signal },
    );
    const range = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(response.headers.get('content-range') ?? '');
    const isRest = response.status === 206 && have !== null && Number(range?.[1]) === have.bytes;
    if (!isRest && response.status !== 200) {
      // 416: the part is as long as the file, or longer. A 206 of another place is no help either.
      if ([206, 416].includes(response.status)) await rm(part, { force: true });
      const canMend = response.status >= 500 || [206, 408, 416, 429].includes(response.status);
      const fault = `${publicUrl(url.href)} answers ${response.status} ${response.statusText}`;
      throw canMend ? new Error(fault) : new DataError(`${fault}. Look at the address in a browser.`);
    }
    const before = isRest ? have.bytes : 0;
    const length = Number(response.headers.get('content-length') ?? 0);
    const total = isRest ? Number(range?.[2]) || 0 : length;
    const validators = validatorsOf(response);
    await writeFile(`${part}.json.tmp`, JSON.stringify(validators));
    await rename(`${part}.json.tmp`, `${part}.json`);
    if (response.body === null) throw new Error('the answer has no body');
    let done = before;
    const file = await open(part, isRest ? 'a' : 'w');
    try {
      // Chunk by chunk: a stream that is destroyed drops what it hasn't written yet, and with it what came.
      for await (const chunk of response.body) {
        resetStall();
        await file.writeFile(chunk);
        done += chunk.byteLength;
        onProgress?.(done, total);
      }
    } finally {
      await file.close();
    }
    if (total > 0 && done !== total) throw new Error(`${done} of ${total} bytes came`);
    return validators;
  } finally {
    clearTimeout(timer);
  }
}

/** What is there of a file and the condition to go on by; null where there is nothing or no condition. */
async function readPart(part: string): Promise<{ bytes: number; condition: string } | null> {
  const bytes = await stat(part).then(
    ({ size }) => size,
    () => 0,
  );
  const { etag, lastModified } = await readFile(`${part}.json`, 'utf8').then(
    (text) => JSON.parse(text) as Validators,
    () => ({ etag: null, lastModified: null }),
  );
  // A weak ETag says that files are alike, not that their bytes are equal: it can't stand in If-Range.
  const condition = etag && !etag.startsWith('W/') ? etag : lastModified;
  return bytes > 0 && condition ? { bytes, condition } : null;
}

const validatorsOf = ({ headers }: Response): Validators => ({
  etag: headers.get('etag'),
  lastModified: headers.get('last-modified'),
});

/** Follows redirects by itself, to look at each address: none may lead from https to http. */
async function follow(
  url: URL,
  headers: Record<string, string>,
  options: Pick<DownloadOptions, 'allowLoopbackHttp'> & { signal: AbortSignal },
): Promise<Response> {
  let at = url;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const response = await fetch(at, { headers, redirect: 'manual', signal: options.signal });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null) return response;
    await response.body?.cancel();
    at = checkAddress(new URL(location, at).href, options);
  }
  throw new DataError(`${publicUrl(url.href)} redirects more than ${MOST_REDIRECTS} times.`);
}

function checkAddress(
  address: string,
  { allowLoopbackHttp = false }: Pick<DownloadOptions, 'allowLoopbackHttp'>,
): URL {
  const url = URL.canParse(address) ? new URL(address) : null;
  const isLoopback = url?.protocol === 'http:' && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  if (url === null || (url.protocol !== 'https:' && !(allowLoopbackHttp && isLoopback))) {
    throw new DataError(
      `${url ? publicUrl(address) : address} is no https address. Photographs are downloaded by https only.`,
    );
  }
  if (url.username !== '' || url.password !== '') {
    throw new DataError(`${publicUrl(address)} comes with a user or a password, which belong in no address.`);
  }
  return url;
}
