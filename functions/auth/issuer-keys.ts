/**
 * @module functions/auth/issuer-keys
 * The public keys of who issues tokens: found by OpenID Connect discovery, kept for a while, and asked for again when
 * a token names a key that isn't among them, but never in a storm.
 */
import type { JWTVerifyGetKey, RemoteJWKSet } from 'jose';
import { messageOf, UnavailableError } from '../../core/errors.ts';

/** Of either document; that of a large issuer has some 20 kB. */
const MOST_BYTES = 1024 * 1024;

export interface IssuerTimes {
  /** Of one request to the issuer, in milliseconds, as all of these. */
  timeoutMs: number;
  /** So long after the keys came, a token with an unknown one is refused without asking again. */
  cooldownMs: number;
  /** So long keys are used without asking again. */
  cacheMs: number;
  /** So long after a request that failed none is made. */
  failurePauseMs: number;
  /** So long old keys are still good while the issuer is out of reach. */
  staleMs: number;
}

const TIMES: IssuerTimes = {
  timeoutMs: 5_000,
  cooldownMs: 30_000,
  cacheMs: 600_000,
  failurePauseMs: 5_000,
  staleMs: 3_600_000,
};

export interface IssuerOptions {
  /** https, exactly as in the tokens' `iss`. */
  issuer: string;
  /** Where its keys are; without it the discovery document says. */
  jwksUri?: string | undefined;
  times?: Partial<IssuerTimes>;
  fetch?: typeof fetch;
}

export class IssuerKeys {
  private readonly issuer: string;
  private readonly jwksUri: string | undefined;
  private readonly times: IssuerTimes;
  private readonly fetch: typeof fetch;
  private keySet: Promise<RemoteJWKSet> | undefined;
  private fetchedAt = 0;
  private failedAt = Number.NEGATIVE_INFINITY;

  constructor({ issuer, jwksUri, times = {}, fetch = globalThis.fetch }: IssuerOptions) {
    this.issuer = issuer;
    this.jwksUri = jwksUri;
    this.times = { ...TIMES, ...times };
    this.fetch = fetch;
  }

  /**
   * The key that a token names, for jose's jwtVerify. Throws jose's JWKSNoMatchingKey or JWKSMultipleMatchingKeys for
   * a token that names none of them, and {@link UnavailableError} when the issuer can't say.
   */
  readonly keyOf: JWTVerifyGetKey = async (header, token) => {
    const { createLocalJWKSet, errors } = await import('jose');
    const isOfTheToken = (error: unknown) =>
      error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys;
    let keys: RemoteJWKSet | undefined;
    try {
      keys = await this.keys();
      return await keys(header, token);
    } catch (error) {
      if (isOfTheToken(error)) throw error;
      // Whatever was wrong with what came. A refusal within the pause doesn't make it longer.
      if (!this.isPausing()) this.failedAt = performance.now();
      // What was signed with a key that is known stays good for a while, whether the issuer answers or not.
      const known = keys?.jwks();
      if (known !== undefined && performance.now() - this.fetchedAt < this.times.staleMs) {
        const key = await createLocalJWKSet(known)(header, token).catch(() => undefined);
        if (key !== undefined) return key;
      }
      throw new UnavailableError(`The keys of ${this.issuer} can't be had: ${messageOf(error)}`, {
        cause: error,
        publicMessage: 'Tokens can not be checked at the moment: who issues them is out of reach. Try again.',
        retryAfterSeconds: this.times.failurePauseMs / 1000,
      });
    }
  };

  /** One look for the place of the keys, however many tokens wait for it; again after a failure. */
  private keys(): Promise<RemoteJWKSet> {
    this.keySet ??= this.findKeys().catch((error) => {
      this.keySet = undefined;
      throw error;
    });
    return this.keySet;
  }

  private async findKeys(): Promise<RemoteJWKSet> {
    const { createRemoteJWKSet, customFetch } = await import('jose');
    const { timeoutMs, cooldownMs, cacheMs } = this.times;
    const url = new URL(this.jwksUri ?? (await this.discover()));
    return createRemoteJWKSet(url, {
      timeoutDuration: timeoutMs,
      cooldownDuration: cooldownMs,
      cacheMaxAge: cacheMs,
      [customFetch]: async (address: string, { signal }: { signal: AbortSignal }) => {
        const text = await this.read(address, signal);
        this.fetchedAt = performance.now();
        return new Response(text);
      },
    });
  }

  /** OpenID Connect Discovery 1.0, 4.1 and 4.3: the document must be the issuer's own. */
  private async discover(): Promise<string> {
    const place = `${this.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const document = JSON.parse(await this.read(place, AbortSignal.timeout(this.times.timeoutMs)));
    if (document?.issuer !== this.issuer) {
      throw new Error(`${place} is of the issuer ${JSON.stringify(document?.issuer)}`);
    }
    const uri: unknown = document.jwks_uri;
    if (typeof uri !== 'string' || !uri.startsWith('https://')) {
      throw new Error(`${place} names no https address in jwks_uri`);
    }
    return uri;
  }

  private isPausing(): boolean {
    return performance.now() - this.failedAt < this.times.failurePauseMs;
  }

  /** The text at an address of the issuer. Throws for anything else, and for a while after a failure at once. */
  private async read(url: string, signal: AbortSignal): Promise<string> {
    if (this.isPausing()) {
      throw new Error(
        `it failed within the last ${this.times.failurePauseMs / 1000} s, and is not asked again yet`,
      );
    }
    const headers = { accept: 'application/json' };
    const response = await this.fetch(url, { signal, redirect: 'error', headers });
    if (response.ok) return readText(response, url);
    await response.body?.cancel();
    throw new Error(`${url} answered ${response.status}`);
  }
}

async function readText(response: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MOST_BYTES) throw new Error(`${url} has more than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
