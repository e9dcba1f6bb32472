/**
 * @module clients/typescript/retry
 * When to ask again, and after how long.
 */

/** The service has too much work, is starting, or was too slow: the same request may be answered a moment later. */
const TRANSIENT_STATUSES = [429, 503, 504];

/** Those of them at which the service has certainly not done what was asked. */
const UNTOUCHED_STATUSES = [429, 503];

export interface RetryOptions {
  /** How often the service is asked at most, the first time included. */
  attempts: number;
  /** The first pause is up to this long, and each one after it up to twice as long as the one before. */
  firstPauseMs: number;
  /** No pause of our own is longer, and a longer Retry-After is not waited for. */
  longestPauseMs: number;
}

export const RETRY_DEFAULTS: RetryOptions = { attempts: 4, firstPauseMs: 500, longestPauseMs: 30_000 };

/**
 * Whether a status is worth another attempt. What isn't `repeatable` (it would be done twice) only where the service has
 * not begun it.
 */
export function isTransient(status: number, { repeatable }: { repeatable: boolean }): boolean {
  return (repeatable ? TRANSIENT_STATUSES : UNTOUCHED_STATUSES).includes(status);
}

/** Seconds of a Retry-After header (RFC 9110, 10.2.3): a number or a date. Undefined where there is none that can be read. */
export function parseRetryAfter(header: string | null, now: number = Date.now()): number | undefined {
  if (header === null) return undefined;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Number(text);
  // Date.parse takes much for a date, "-5" for one.
  const at = /^[A-Z][a-z]/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(at) ? undefined : Math.max(0, (at - now) / 1000);
}

/**
 * Milliseconds before attempt `attempt + 1`, or undefined when it isn't worth waiting. A pause is drawn between nothing
 * and a bound that doubles ("full jitter"), so that clients that were refused together don't come back together; it is
 * added to what the service asked for.
 */
export function pauseBefore(
  attempt: number,
  { attempts, firstPauseMs, longestPauseMs }: RetryOptions,
  {
    retryAfterSeconds,
    random = Math.random,
  }: { retryAfterSeconds?: number | undefined; random?: () => number } = {},
): number | undefined {
  if (attempt >= attempts) return undefined;
  const bound = Math.min(longestPauseMs, firstPauseMs * 2 ** (attempt - 1));
  const askedMs = 1000 * (retryAfterSeconds ?? 0);
  return askedMs > longestPauseMs ? undefined : askedMs + random() * bound;
}
