import type { HttpMethod, HttpResponseInit } from '@azure/functions';
import { DeadlineError, UnsupportedFormatError } from '../../../../core/errors.ts';
import { type CallHandler, EVERY_METHOD, handle } from '../../../../functions/http/handle.ts';
import { contextOf, type LogLine, type RequestOptions, requestOf } from './requests.ts';

interface Answer extends HttpResponseInit {
  headers: Record<string, string>;
}

/** Calls a wrapped handler. Rejects only where the wrapper lets something escape. The line that each request has is left out of `lines`. */
async function call(
  handler: CallHandler,
  options: RequestOptions = {},
  { methods = ['POST'], lines = [] }: { methods?: HttpMethod[]; lines?: LogLine[] } = {},
): Promise<Answer> {
  const all: LogLine[] = [];
  const answer = (await handle(methods, handler)(requestOf(options), contextOf(all))) as Answer;
  lines.push(...all.filter(({ text }) => !text.startsWith('{"event":"request"')));
  return answer;
}

const answers: CallHandler = async (_request, _context, { requestId }) => ({ jsonBody: { requestId } });
const throwing =
  (error: unknown): CallHandler =>
  async () => {
    throw error;
  };

describe('the request id', () => {
  test.each(['abc', 'A_b-9', 'x'.repeat(64)])('of the client is kept: %s', async (id) => {
    const { headers, jsonBody } = await call(answers, { headers: { 'x-request-id': id } });
    expect([headers['x-request-id'], jsonBody.requestId]).toEqual([id, id]);
  });

  test.each(['', 'a b', 'x'.repeat(65), '<script>', 'a/../b'])('is replaced: %j', async (id) => {
    const { headers, jsonBody } = await call(answers, { headers: { 'x-request-id': id } });
    expect(headers['x-request-id']).toMatch(/^[\w-]{36}$/);
    expect(jsonBody.requestId).toBe(headers['x-request-id']);
  });

  test('is made anew for each call', async () => {
    const ids = [await call(answers), await call(answers)].map(({ headers }) => headers['x-request-id']);
    expect(new Set(ids).size).toBe(2);
  });
});

describe('methods', () => {
  const methods: HttpMethod[] = ['GET', 'POST'];

  test.each(EVERY_METHOD)('%s is answered by the function itself', async (method) => {
    const { status, headers } = await call(answers, { method }, { methods: ['POST'] });
    const wanted = { POST: undefined, OPTIONS: 204 }[method as string];
    expect(status).toBe(method === 'POST' || method === 'OPTIONS' ? wanted : 405);
    expect(headers.allow).toBe(method === 'POST' ? undefined : 'POST, OPTIONS');
  });

  test('a wrong one gets a problem document with Allow', async () => {
    const answer = await call(answers, { method: 'DELETE' }, { methods });
    expect(answer.status).toBe(405);
    expect(answer.headers).toMatchObject({
      allow: 'GET, POST, HEAD, OPTIONS',
      'content-type': 'application/problem+json',
    });
    expect(JSON.parse(String(answer.body)).detail).toBe('DELETE is not allowed here. Use GET or POST.');
  });

  test('HEAD has the head of GET and no body', async () => {
    const answer = await call(answers, { method: 'HEAD' }, { methods });
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer).not.toHaveProperty('jsonBody');
  });

  test('HEAD of an error has no body either', async () => {
    const answer = await call(throwing(new Error('x')), { method: 'HEAD' }, { methods });
    expect(answer.status).toBe(500);
    expect(answer).not.toHaveProperty('body');
  });
});

describe('answers', () => {
  test('are not kept and not guessed at', async () => {
    expect((await call(answers)).headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-type': 'application/json',
    });
  });

  test('keep the headers that the handler set', async () => {
    const page: CallHandler = async () => ({
      status: 200,
      body: 'page',
      headers: { 'Content-Type': 'text/html', 'Cache-Control': 'max-age=60' },
    });
    const answer = await call(page);
    expect(answer).toMatchObject({ status: 200, body: 'page' });
    expect(answer.headers).toMatchObject({ 'content-type': 'text/html', 'cache-control': 'max-age=60' });
  });

  test('know when the call came in', async () => {
    const before = performance.now();
    const { jsonBody } = await call(async (_request, _context, { startedAt }) => ({ jsonBody: startedAt }));
    expect(jsonBody).toBeGreaterThanOrEqual(before);
    expect(jsonBody).toBeLessThanOrEqual(performance.now());
  });
});

describe('what is thrown', () => {
  test('on purpose is shown and, where the client is at fault, not logged', async () => {
    const lines: LogLine[] = [];
    const answer = await call(throwing(new UnsupportedFormatError('This is a PDF.')), {}, { lines });
    expect(answer.status).toBe(415);
    expect(JSON.parse(String(answer.body)).detail).toBe('This is a PDF.');
    expect(lines).toEqual([]);
  });

  test('by accident is a 500 that tells nothing, logged under the request id', async () => {
    const lines: LogLine[] = [];
    const headers = { 'x-request-id': 'trace-me' };
    const answer = await call(throwing(new Error('secret path')), { headers }, { lines });
    expect(answer.status).toBe(500);
    expect(JSON.stringify(answer)).not.toContain('secret');
    expect(lines).toEqual([{ level: 'error', text: expect.stringMatching(/trace-me.*secret path/) }]);
  });

  test('as a fault of the service is logged as a warning', async () => {
    const lines: LogLine[] = [];
    await call(throwing(new DeadlineError('Too slow.')), {}, { lines });
    expect(lines).toEqual([{ level: 'warning', text: expect.stringContaining('Too slow.') }]);
  });

  test('before the first await is caught too', async () => {
    const handler = (() => {
      throw new Error('at once');
    }) as CallHandler;
    expect((await call(handler)).status).toBe(500);
  });
});
