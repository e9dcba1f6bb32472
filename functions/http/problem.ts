/**
 * @module functions/http/problem
 * The one place where errors become answers: problem documents (RFC 9457), application/problem+json.
 */
import type { HttpResponseInit } from '@azure/functions';
import { MethodNotAllowedError, PawprintError } from '../../core/errors.ts';
import { type PictureProblem, PROBLEM_MEDIA_TYPE, type Problem } from '../contract/problem.ts';

/** Where the error itself names no pause: seconds, for the statuses that promise that a retry helps. */
const DEFAULT_RETRY_SECONDS: Record<number, number> = { 429: 1, 503: 5 };

/**
 * The answer to anything that was thrown. A {@link PawprintError} shows its status and public message; of a fault
 * of ours nothing is shown but the request id, by which the log has the rest.
 */
export function problemResponse(error: unknown, requestId: string): HttpResponseInit {
  const problem: Problem = { ...describeProblem(error), requestId };
  const headers: Record<string, string> = {
    'content-type': PROBLEM_MEDIA_TYPE,
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'x-request-id': requestId,
  };
  const retrySeconds = retryAfter(error);
  if (retrySeconds !== undefined) headers['retry-after'] = String(retrySeconds);
  if (error instanceof MethodNotAllowedError) headers.allow = error.allow.join(', ');
  return { status: problem.status, headers, body: JSON.stringify(problem) };
}

/** What may be said of anything that was thrown. */
export function describeProblem(error: unknown): PictureProblem {
  // A wrong setting is for who runs the service, and is in the log; a client can do nothing with it.
  if (!(error instanceof PawprintError) || error.status === 500) {
    const detail = 'Something went wrong here, not with the request. Name the request id when you report it.';
    return { type: typeOf('internal'), title: 'Internal error', status: 500, detail };
  }
  const { code, status, publicMessage } = error;
  return { type: typeOf(code), title: titleOf(code), status, detail: publicMessage };
}

function typeOf(code: string): string {
  return `urn:pawprint:problem:${code}`;
}

/** `too-large` is Too large: RFC 9457 wants a title that is the same for every problem of a type. */
function titleOf(code: string): string {
  return `${code[0]?.toUpperCase()}${code.slice(1).replaceAll('-', ' ')}`;
}

/** Whole seconds, at least one: Retry-After: 0 would be an invitation to a storm. */
function retryAfter(error: unknown): number | undefined {
  if (!(error instanceof PawprintError)) return undefined;
  const seconds = error.retryAfterSeconds ?? DEFAULT_RETRY_SECONDS[error.status];
  return seconds === undefined ? undefined : Math.max(1, Math.ceil(seconds));
}
