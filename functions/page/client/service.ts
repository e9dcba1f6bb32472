/**
 * @module functions/page/client/service
 * Calls to the service that this page came from.
 */
import type { BreedsAnswer } from '../../contract/breeds.ts';
import type { ClassifyAnswer } from '../../contract/classify.ts';
import type { FeedbackAnswer, FeedbackRequest } from '../../contract/feedback.ts';
import type { Problem } from '../../contract/problem.ts';
import { Failure, parseRetryAfter } from './failure.ts';
import type { Species } from './species.ts';

/** The service asks for a key, or for another one. */
export class KeyNeededError extends Error {
  readonly wasRefused: boolean;

  constructor({ wasRefused }: { wasRefused: boolean }) {
    super('The service asks for a key');
    this.wasRefused = wasRefused;
  }
}

/** Path of the service's routes, `/api/` as a rule. */
export const API = location.pathname.replace(/\/app\/?$/i, '/');

/** Longer than the service's own deadline and an upload over a slow line. */
const TIMEOUT_MS = 60_000;
const KEY_ITEM = 'pawprint-key';

/** Where the browser keeps nothing, the key lasts as long as the page. */
let keyInMemory: string | null = null;

export function rememberKey(key: string): void {
  keyInMemory = key;
  try {
    sessionStorage.setItem(KEY_ITEM, key);
  } catch {}
}

function knownKey(): string | null {
  try {
    return keyInMemory ?? sessionStorage.getItem(KEY_ITEM);
  } catch {
    return keyInMemory;
  }
}

/** Asks which breeds a photograph shows, among those of a species where one is given. `signal` ends it early. */
export function classify(
  photograph: Blob,
  { species, signal }: { species: Species | null; signal: AbortSignal },
): Promise<ClassifyAnswer> {
  const headers = { 'content-type': photograph.type || 'application/octet-stream' };
  const path = species === null ? 'classify' : `classify?species=${species}`;
  return call(path, { method: 'POST', headers, body: photograph, signal });
}

export function listBreeds(): Promise<BreedsAnswer> {
  return call('breeds', {});
}

/** Sends what an answer should have been, with the photograph where its owner agrees that it is kept. */
export function sendFeedback(feedback: FeedbackRequest, photograph: Blob | null): Promise<FeedbackAnswer> {
  if (photograph === null) {
    const headers = { 'content-type': 'application/json' };
    return call('feedback', { method: 'POST', headers, body: JSON.stringify(feedback) });
  }
  const form = new FormData();
  for (const [name, value] of Object.entries(feedback)) if (value !== undefined) form.append(name, value);
  form.append('consent', 'true');
  form.append('image', photograph, 'photograph.jpg');
  return call('feedback', { method: 'POST', body: form });
}

export function deleteFeedback(id: string): Promise<void> {
  return call(`feedback/${encodeURIComponent(id)}`, { method: 'DELETE' });
}

/** Throws {@link KeyNeededError}, {@link Failure}, and the reason of `signal`. */
async function call<Answer>(
  path: string,
  {
    signal,
    ...init
  }: { method?: string; headers?: Record<string, string>; body?: BodyInit; signal?: AbortSignal },
): Promise<Answer> {
  const key = knownKey();
  // Not AbortSignal.any: phones of three years ago don't have it.
  const ended = new AbortController();
  const end = () => ended.abort();
  const timer = setTimeout(end, TIMEOUT_MS);
  signal?.addEventListener('abort', end);
  try {
    const response = await fetch(API + path, {
      ...init,
      headers: { ...init.headers, ...(key === null ? {} : { 'x-functions-key': key }) },
      signal: ended.signal,
    });
    const text = await response.text();
    // The host's own, without a body; 403 to a key of a lower level. With one the service asks for a token.
    const asksForKey = (response.status === 401 || response.status === 403) && text === '';
    if (asksForKey) throw new KeyNeededError({ wasRefused: key !== null });
    if (!response.ok) throw refusalOf(response, text);
    return parseAnswer(response, text) as Answer;
  } catch (error) {
    if (error instanceof Failure || error instanceof KeyNeededError) throw error;
    signal?.throwIfAborted();
    throw new Failure({ kind: ended.signal.aborted ? 'too-slow' : 'unreachable' });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', end);
  }
}

function parseAnswer({ status }: Response, text: string): unknown {
  if (status === 204) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    throw new Failure({ kind: 'not-an-answer' });
  }
}

function refusalOf({ status, headers }: Response, text: string): Failure {
  let problem: Partial<Problem> | null = null;
  try {
    problem = JSON.parse(text);
  } catch {
    // The host itself refuses with an empty body.
  }
  const retryAfterSeconds = parseRetryAfter(headers.get('retry-after'));
  return new Failure({ kind: 'refused', status, problem, retryAfterSeconds });
}
