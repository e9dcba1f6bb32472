/**
 * @module core/retrain/arm-retry
 * Requests to Azure Resource Manager that may be made again: looks, and stops.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { statusOf } from '../storage/ask.ts';

const TRIES = 3;
/** A function is billed while it waits; whoever has to wait longer comes again with the next timer. */
const LONGEST_PAUSE_SECONDS = 20;

/**
 * Makes `request` up to three times, with the pause that the server asks for, else 1 and 2 seconds. Throws the last
 * error; at once that of a status which says that the request itself is wrong, or of a pause that is too long.
 */
export async function retryRequest<T>(request: () => Promise<T>): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await request();
    } catch (error) {
      const status = statusOf(error);
      const isFinal = status !== undefined && status < 500 && status !== 429 && status !== 408;
      const seconds = pauseAfter(error) ?? tried;
      if (isFinal || tried === TRIES || seconds > LONGEST_PAUSE_SECONDS) throw error;
      await sleep(seconds * 1000);
    }
  }
}

/** Seconds of the `Retry-After` of an answer that is an error, in either of its forms. */
export function pauseAfter(error: unknown): number | undefined {
  const { response } = (error ?? {}) as {
    response?: { headers?: { get(name: string): string | undefined } };
  };
  const value = response?.headers?.get('retry-after');
  if (value === undefined) return undefined;
  const seconds = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
}
