/**
 * @module core/storage/ask
 * The storage SDK's errors, turned into ours.
 */
import { UnavailableError } from '../errors.ts';
import { inSpan } from '../telemetry/span.ts';

/** What a lost or refused connection is called, by the SDK and by Node.js in the middle of a body. */
const CONNECTION_FAULTS = /^(ECONN|EPIPE|ETIMEDOUT|EAI_|ENOTFOUND|UND_ERR)/;

/** The HTTP status of an error of the SDK; undefined for any other. */
export function statusOf(error: unknown): number | undefined {
  return (error as { statusCode?: number } | null)?.statusCode;
}

/** Whether storage refused a conditional write because somebody else was faster. */
export function isRefusedByCondition(error: unknown): boolean {
  const code = (error as { code?: string } | null)?.code;
  return code === 'BlobAlreadyExists' || code === 'ConditionNotMet';
}

/**
 * Runs `request`. Storage that can't be reached, refuses, stops in the middle of an answer or says nothing for
 * `milliseconds` in all throws {@link UnavailableError} that names the blob; any other error passes. The SDK's own
 * time-out is a word to the server only: a connection on which nothing comes would be waited on for ever.
 */
export async function ask<T>(
  what: string,
  milliseconds: number,
  request: (abortSignal: AbortSignal) => Promise<T>,
): Promise<T> {
  // The container alone: a path may be the id of feedback, by which whoever knows it deletes it.
  const container = what.split('/', 1)[0]!;
  return inSpan('storage', { 'pawprint.container': container }, () => askNow(what, milliseconds, request));
}

async function askNow<T>(
  what: string,
  milliseconds: number,
  request: (abortSignal: AbortSignal) => Promise<T>,
): Promise<T> {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(new DOMException('no answer', 'AbortError')), milliseconds);
  try {
    return await Promise.race([request(patience.signal), rejectionOf(patience.signal)]);
  } catch (error) {
    if (!isFromStorage(error)) throw error;
    const { code = statusOf(error) ?? 'no answer' } = error as { code?: string | number };
    const reason = patience.signal.aborted ? `nothing within ${milliseconds / 1000} s` : code;
    throw new UnavailableError(`Storage didn't answer for ${what} (${reason}). Try again in a moment.`, {
      cause: error,
      retryAfterSeconds: 5,
      publicMessage: "Storage can't be reached. Try again in a moment.",
    });
  } finally {
    clearTimeout(timer);
  }
}

/** Also for what doesn't listen to the signal, a page of a listing say. */
function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}

/** Whether no whole answer came: the connection was refused, lost or given up. */
export function isLostConnection(error: unknown): boolean {
  const { name, code } = (error ?? {}) as { name?: string; code?: unknown };
  return name === 'AbortError' || (typeof code === 'string' && CONNECTION_FAULTS.test(code));
}

function isFromStorage(error: unknown): boolean {
  return (error as { name?: string } | null)?.name === 'RestError' || isLostConnection(error);
}
