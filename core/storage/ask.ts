/**
 * @module core/storage/ask
 * The storage SDK's errors, turned into ours.
 */
import { UnavailableError } from '../errors.ts';

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
 * Runs `request`. Storage that can't be reached, refuses, or stops in the middle of an answer throws
 * {@link UnavailableError} that names the blob; any other error passes.
 */
export async function ask<T>(what: string, request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (error) {
    if (!isFromStorage(error)) throw error;
    const reason = (error as { code?: string }).code ?? statusOf(error) ?? 'no answer';
    throw new UnavailableError(`Storage didn't answer for ${what} (${reason}). Try again in a moment.`, {
      cause: error,
      retryAfterSeconds: 5,
      publicMessage: "Storage can't be reached. Try again in a moment.",
    });
  }
}

function isFromStorage(error: unknown): boolean {
  const { name, code } = (error ?? {}) as { name?: string; code?: unknown };
  const connectionLost = typeof code === 'string' && CONNECTION_FAULTS.test(code);
  return name === 'RestError' || name === 'AbortError' || connectionLost;
}
