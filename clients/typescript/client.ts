/**
 * @module clients/typescript/client
 * The client of a Pawprint service for browsers, React Native and Node 18 and later. It needs `fetch` and nothing else.
 *
 *     const pawprint = new PawprintClient({ url: 'https://pets.example.org', key });
 *     const { predictions, confident } = await pawprint.classify(file);
 */
import { bodyOf, formOf, type NamedPicture, nameOf, type Picture } from './picture.ts';
import { RETRY_DEFAULTS, type RetryOptions } from './retry.ts';
import { type Shrink, shrinkByCanvas } from './shrink.ts';
import { type Call, send, type Token, type TransportOptions } from './transport.ts';
import {
  type BatchClassification,
  type Breeds,
  type Classification,
  type Feedback,
  type FeedbackReceipt,
  MOST_PICTURES,
  type Readiness,
} from './types.ts';

export interface ClientOptions extends Partial<RetryOptions> {
  /** Where the service is, without `/api`. */
  url: string;
  /** Sent as `x-functions-key`. A key inside an app is public: see docs/clients.md. */
  key?: string | undefined;
  /** Sent as `Authorization: Bearer`, where the service asks for tokens: one, or a function that gives one. */
  token?: Token | undefined;
  /** Letters, digits, `-` and `_`, up to 64: all requests with it go to the same model while a new one is tried. */
  clientId?: string | undefined;
  /** Of a call, with its retries and pauses; 120 seconds without it. */
  timeoutMs?: number;
  /** Of one attempt; 30 seconds without it. */
  attemptTimeoutMs?: number;
  /** Makes a picture smaller before it is sent; false for never. Without it by a canvas, where there is one. */
  shrink?: Shrink | false;
  fetch?: typeof fetch;
}

export interface CallOptions {
  /** Cancels the call: it throws the signal's reason. */
  signal?: AbortSignal | undefined;
  /** In place of the client's. */
  timeoutMs?: number | undefined;
}

export interface ClassifyOptions extends CallOptions {
  /** How many breeds come back; 3 without it. */
  top?: number | undefined;
  /** The model that is to answer: a version, or `production` or `canary` for what is it now. */
  version?: string | undefined;
  /** Only breeds of this species are weighed against each other. */
  species?: 'cat' | 'dog' | undefined;
}

/** Every method throws RefusedError, UnreachableError, TimeoutError, or the reason of the signal. */
export class PawprintClient {
  private readonly base: string;
  private readonly headers: Record<string, string>;
  private readonly token: Token | undefined;
  private readonly transport: TransportOptions;
  private readonly shrink: Shrink;

  constructor({ url, key, token, clientId, shrink = shrinkByCanvas, ...options }: ClientOptions) {
    if (!/^https?:\/\//i.test(url)) {
      throw new TypeError(`"url" is the address of the service, as https://pets.example.org, not ${url}.`);
    }
    this.base = `${url.replace(/\/+$/, '').replace(/\/api$/i, '')}/api/`;
    this.headers = {
      accept: 'application/json',
      ...(key === undefined ? {} : { 'x-functions-key': key }),
      ...(clientId === undefined ? {} : { 'x-client-id': clientId }),
    };
    this.token = token;
    // Bound: a browser's fetch throws when it is called as a method of something else.
    const bound = options.fetch ?? globalThis.fetch.bind(globalThis);
    const times = { timeoutMs: 120_000, attemptTimeoutMs: 30_000 };
    this.transport = { ...RETRY_DEFAULTS, ...times, ...options, fetch: bound };
    this.shrink = shrink === false ? (picture) => picture : shrink;
  }

  /** The likeliest breeds on one photograph. */
  async classify(picture: Picture, options: ClassifyOptions = {}): Promise<Classification> {
    const path = `classify${queryOf(options)}`;
    const post = { ...bodyOf(await this.shrink(picture)), repeatable: true };
    return this.call('POST', path, options, post) as Promise<Classification>;
  }

  /**
   * The likeliest breeds on each of 2 to 16 photographs, in their order. One that the service can't read has its problem
   * in the results, and costs no other its answer. Throws RangeError for fewer or more.
   */
  async classifyBatch(
    pictures: readonly NamedPicture[],
    options: ClassifyOptions = {},
  ): Promise<BatchClassification> {
    if (pictures.length < 2 || pictures.length > MOST_PICTURES) {
      throw new RangeError(`A batch has 2 to ${MOST_PICTURES} photographs, not ${pictures.length}.`);
    }
    const smaller: NamedPicture[] = [];
    // The name first: a canvas gives none. One after the other: sixteen open photographs are more memory than a phone gives a page.
    for (const { picture, filename = nameOf(picture) } of pictures) {
      smaller.push({ picture: await this.shrink(picture), filename });
    }
    const post = { body: formOf(smaller), repeatable: true };
    const path = `classify${queryOf(options)}`;
    return this.call('POST', path, options, post) as Promise<BatchClassification>;
  }

  /** What the model in production can tell apart. */
  breeds(options: CallOptions = {}): Promise<Breeds> {
    return this.call('GET', 'breeds', options) as Promise<Breeds>;
  }

  /** What answers. Throws RefusedError with status 503 while nothing does. */
  ready(options: CallOptions = {}): Promise<Readiness> {
    return this.call('GET', 'ready', options) as Promise<Readiness>;
  }

  /**
   * Says what an answer should have been. Give `pictureWithConsent` only where the picture's owner agrees that it is kept
   * to train with. Not asked again after a broken connection: it might be kept twice.
   */
  async giveFeedback(
    feedback: Feedback,
    { pictureWithConsent, ...options }: CallOptions & { pictureWithConsent?: Picture | undefined } = {},
  ): Promise<FeedbackReceipt> {
    const { requestId, label, version } = feedback;
    const fields = { requestId, label, ...(version === undefined ? {} : { version }) };
    const isPlain = pictureWithConsent === undefined;
    const post = isPlain
      ? { body: JSON.stringify(fields), headers: { 'content-type': 'application/json' } }
      : {
          body: formOf([{ picture: await this.shrink(pictureWithConsent) }], { ...fields, consent: 'true' }),
        };
    return this.call('POST', 'feedback', options, { ...post, repeatable: false }) as Promise<FeedbackReceipt>;
  }

  /** Takes feedback back, with its picture. Resolves too when it is gone already. */
  async deleteFeedback(id: string, options: CallOptions = {}): Promise<void> {
    await this.call('DELETE', `feedback/${encodeURIComponent(id)}`, options);
  }

  private call(
    method: Call['method'],
    path: string,
    { signal, timeoutMs = this.transport.timeoutMs }: CallOptions,
    { headers = {}, ...rest }: Partial<Pick<Call, 'headers' | 'body' | 'repeatable'>> = {},
  ): Promise<unknown> {
    const what = { url: this.base + path, method, headers: { ...this.headers, ...headers } };
    const call: Call = { ...what, token: this.token, repeatable: true, signal, ...rest };
    return send(call, { ...this.transport, timeoutMs });
  }
}

/** React Native's URLSearchParams isn't complete. */
function queryOf({ top, version, species }: ClassifyOptions): string {
  const words = Object.entries({ top, version, species }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return words.length === 0 ? '' : `?${words.join('&')}`;
}
