/**
 * @module functions/http/fetch-url
 * Fetches a photograph from a host that the operator allows, and from nowhere else (server-side request forgery).
 */
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { BadRequestError, DeadlineError, PawprintError, TooManyRequestsError } from '../../core/errors.ts';
import { MOST_PICTURE_BYTES, tooManyBytes } from '../../core/image/open.ts';
import { isPublicAddress } from './public-address.ts';

const DEADLINE_SECONDS = 5;
const MOST_REDIRECTS = 3;
/** Each may hold a whole photograph in memory for the whole of its time. */
const MOST_AT_ONCE = 8;
const REDIRECTS: ReadonlySet<number | undefined> = new Set([301, 302, 303, 307, 308]);

export interface FetchOptions {
  /** Host names in lower case; `*.example.org` is every name below example.org. */
  hosts: readonly string[];
  /** All addresses of a name. */
  resolve?: (host: string) => Promise<LookupAddress[]>;
  /** Asks for `url` at that very address, and gives the answer when its head is there. */
  open?: (url: URL, address: LookupAddress, signal: AbortSignal) => Promise<IncomingMessage>;
  deadlineSeconds?: number;
}

let underWay = 0;

/**
 * Fetches what is at `url`, at most {@link MOST_PICTURE_BYTES}. Each step, redirects too, must be https at a host of
 * `hosts` all of whose addresses are public, and goes to the address that was checked: a name that resolves to another
 * one the next time (DNS rebinding) changes nothing. Throws BadRequestError, TooLargeError, TooManyRequestsError, and
 * DeadlineError after five seconds.
 */
export async function fetchPhotograph(url: string, options: FetchOptions): Promise<Uint8Array> {
  if (options.hosts.length === 0) {
    throw new BadRequestError(
      'Photographs are not fetched from addresses here. Send the photograph itself; who runs the service can allow hosts by the setting CLASSIFY_URL_HOSTS.',
    );
  }
  // The first is checked before anything counts: a name that isn't allowed costs nothing.
  const first = parseAllowed(url, options.hosts);
  if (underWay >= MOST_AT_ONCE) {
    throw new TooManyRequestsError('As many photographs are being fetched as this instance fetches at once.');
  }
  const { deadlineSeconds = DEADLINE_SECONDS } = options;
  const signal = AbortSignal.timeout(deadlineSeconds * 1000);
  underWay++;
  try {
    return await unlessAborted(follow(first, { ...options, signal }), signal);
  } catch (error) {
    if (error instanceof PawprintError) throw error;
    if (signal.aborted) {
      throw new DeadlineError(
        `${first.hostname} didn't give the photograph within ${deadlineSeconds} s. Try again, or send it itself.`,
        { cause: error },
      );
    }
    throw new BadRequestError(
      `${first.hostname} can't be reached. Look at the address, or send the photograph itself.`,
      {
        cause: error,
      },
    );
  } finally {
    underWay--;
  }
}

async function follow(
  first: URL,
  { hosts, resolve = resolveAll, open = openAt, signal }: FetchOptions & { signal: AbortSignal },
): Promise<Uint8Array> {
  let url = first;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const answer = await open(url, await publicAddressOf(url, resolve), signal);
    const { statusCode, headers } = answer;
    if (statusCode === 200) return readBody(answer);
    answer.destroy();
    if (!REDIRECTS.has(statusCode) || headers.location === undefined) {
      throw new BadRequestError(`${url.hostname} answered ${statusCode} where the photograph should be.`);
    }
    if (!URL.canParse(headers.location, url.href)) {
      throw new BadRequestError(`${url.hostname} leads on to what is no address.`);
    }
    url = parseAllowed(new URL(headers.location, url).href, hosts);
  }
  throw new BadRequestError(
    `The address leads on more than ${MOST_REDIRECTS} times. Give the one of the photograph itself.`,
  );
}

/** Throws BadRequestError unless it is an https URL of an allowed host, at the usual port, without a password. */
function parseAllowed(text: string, hosts: readonly string[]): URL {
  if (!URL.canParse(text))
    throw new BadRequestError('`url` is no URL. It looks like https://example.org/cat.jpg.');
  const url = new URL(text);
  if (url.protocol !== 'https:') throw new BadRequestError('Photographs are fetched by https only.');
  if (url.username !== '' || url.password !== '') {
    throw new BadRequestError('`url` has a name or password in it. Send the photograph itself.');
  }
  const name = url.hostname.replace(/\.$/, '');
  const isAllowed = hosts.some((host) =>
    host.startsWith('*.') ? name.endsWith(host.slice(1)) && name.length >= host.length : name === host,
  );
  if (!isAllowed) {
    throw new BadRequestError(
      `Photographs are not fetched from ${name}: it is none of the hosts in the setting CLASSIFY_URL_HOSTS. Send the photograph itself.`,
    );
  }
  if (url.port !== '')
    throw new BadRequestError('Photographs are fetched from the usual port of https only.');
  return url;
}

async function publicAddressOf(
  { hostname }: URL,
  resolve: (host: string) => Promise<LookupAddress[]>,
): Promise<LookupAddress> {
  const addresses = await resolve(hostname.replace(/^\[|\]$/g, ''));
  const first = addresses[0];
  // One that isn't public among public ones is an attempt, or a name for inside use: neither is fetched from.
  if (first === undefined || !addresses.every(({ address }) => isPublicAddress(address))) {
    throw new BadRequestError(`${hostname} is not at a public address. Send the photograph itself.`);
  }
  return first;
}

function resolveAll(host: string): Promise<LookupAddress[]> {
  return lookup(host, { all: true });
}

/** Asks for `url` at one address, whatever its name resolves to; the certificate must be of the name. */
export function openAt(
  url: URL,
  { address, family }: LookupAddress,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { accept: 'image/*', 'accept-encoding': 'identity', 'user-agent': 'pawprint' };
    get(
      url,
      {
        signal,
        headers,
        // A connection of its own: a pooled one might lead to another address of the name.
        agent: false,
        lookup: (_host, { all }, callback) => {
          if (all) callback(null, [{ address, family }]);
          else callback(null, address, family);
        },
      },
      resolve,
    ).on('error', reject);
  });
}

async function readBody(answer: IncomingMessage): Promise<Uint8Array> {
  try {
    if (Number(answer.headers['content-length'] ?? 0) > MOST_PICTURE_BYTES) throw tooManyBytes();
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of answer) {
      bytes += chunk.length;
      if (bytes > MOST_PICTURE_BYTES) throw tooManyBytes();
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  } finally {
    answer.destroy();
  }
}

/** A name that takes its time to resolve can't be cut short: it is left behind. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    work.then(resolve, reject);
  });
}
