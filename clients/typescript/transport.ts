/**
 * @module clients/typescript/transport
 * One call over HTTP: time limits, retries, and answers or errors.
 */
import { limit, pause, reasonOf, unlessAborted } from './clock.ts';
import { RefusedError, TimeoutError, UnreachableError } from './errors.ts';
import { isTransient, parseRetryAfter, pauseBefore, type RetryOptions } from './retry.ts';
import type { Problem } from './types.ts';

export interface TransportOptions extends RetryOptions {
  fetch: typeof fetch;
  /** Of a call, with its retries and pauses. */
  timeoutMs: number;
  /** Of one attempt; what takes longer counts as a connection that broke. */
  attemptTimeoutMs: number;
}

/**
 * A token of the service's issuer, or what gives one: asked before each attempt, and once more with `wasRefused` when the
 * service didn't take the one before.
 */
export type Token = string | ((state: { wasRefused: boolean }) => string | Promise<string>);

export interface Call {
  url: string;
  method: 'GET' | 'POST' | 'DELETE';
  headers: Record<string, string>;
  token?: Token | undefined;
  body?: NonNullable<RequestInit['body']> | undefined;
  /** Whether it does no harm when the service does it twice. */
  repeatable: boolean;
  signal?: AbortSignal | undefined;
}

/** The answer's JSON; undefined for 204. Throws {@link RefusedError}, {@link UnreachableError}, {@link TimeoutError} and the reason of the signal. */
export async function send(call: Call, options: TransportOptions): Promise<unknown> {
  const { token } = call;
  const { timeoutMs } = options;
  const whole = limit(timeoutMs, call.signal);
  let attempt = 0;
  let wasRefused = false;
  let last: unknown;
  try {
    for (;;) {
      attempt++;
      const bearer = await unlessAborted(bearerOf(token, { wasRefused }), whole.signal);
      const headers = { ...call.headers, ...bearer };
      const attempted = await tryOnce({ ...call, headers }, options, { attempt, signal: whole.signal });
      const { answer, error, canRepeat } = attempted;
      if (error === undefined) return answer;
      const isNewTokenDue = error instanceof RefusedError && error.status === 401 && !wasRefused;
      if (isNewTokenDue && typeof token === 'function') {
        wasRefused = true;
        continue;
      }
      const retryAfterSeconds = error instanceof RefusedError ? error.retryAfterSeconds : undefined;
      const ms = canRepeat ? pauseBefore(attempt, options, { retryAfterSeconds }) : undefined;
      if (ms === undefined) throw error;
      last = error;
      await pause(ms, whole.signal);
    }
  } catch (error) {
    if (call.signal?.aborted) throw reasonOf(call.signal);
    if (!whole.isOver()) throw error;
    const message = `No answer within ${timeoutMs / 1000} seconds.`;
    throw new TimeoutError(message, { attempts: attempt, cause: last ?? error });
  } finally {
    whole.clear();
  }
}

async function bearerOf(
  token: Token | undefined,
  state: { wasRefused: boolean },
): Promise<Record<string, string>> {
  if (token === undefined) return {};
  return { authorization: `Bearer ${typeof token === 'function' ? await token(state) : token}` };
}

interface Outcome {
  answer?: unknown;
  error?: RefusedError | UnreachableError;
  canRepeat?: boolean;
}

async function tryOnce(
  { url, method, headers, body, repeatable }: Call,
  { fetch, attemptTimeoutMs }: TransportOptions,
  { attempt, signal }: { attempt: number; signal: AbortSignal },
): Promise<Outcome> {
  const part = limit(attemptTimeoutMs, signal);
  try {
    const init = { method, headers, ...(body === undefined ? {} : { body }), signal: part.signal };
    const response = await fetch(url, init);
    // The body too, within the same limit: a connection may break in the middle of it.
    const text = await response.text();
    return readAnswer(response, text, { attempt, repeatable });
  } catch (cause) {
    if (signal.aborted) throw cause;
    const why = part.isOver() ? `no answer within ${attemptTimeoutMs / 1000} seconds` : messageOf(cause);
    const error = new UnreachableError(`The service can't be reached: ${why}.`, { attempts: attempt, cause });
    return { error, canRepeat: repeatable };
  } finally {
    part.clear();
  }
}

function readAnswer(
  { ok, status, headers }: Response,
  text: string,
  { attempt, repeatable }: { attempt: number; repeatable: boolean },
): Outcome {
  if (status === 204) return {};
  const json = parseJson(text);
  if (ok && json !== undefined) return { answer: json };
  const error = new RefusedError({
    attempts: attempt,
    status,
    problem: isProblem(json) ? json : null,
    retryAfterSeconds: parseRetryAfter(headers.get('retry-after')),
    requestId: headers.get('x-request-id'),
  });
  return { error, canRepeat: isTransient(status, { repeatable }) };
}

function parseJson(text: string): object | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? json : undefined;
  } catch {
    return undefined;
  }
}

function isProblem(json: object | undefined): json is Problem {
  return json !== undefined && 'detail' in json && typeof json.detail === 'string';
}

/** Node says only "fetch failed", and why underneath. By the shape, not the class: a test's or a frame's Error is another. */
function messageOf(thrown: unknown): string {
  const { message = String(thrown), cause } = thrown as { message?: string; cause?: { code?: string } };
  return cause?.code === undefined ? message : `${message} (${cause.code})`;
}
