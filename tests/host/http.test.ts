/**
 * @module tests/host/http
 * How the host answers over HTTP: section 1 of the measurements on the real host.
 */
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { type Answer, type Call, call, startOrUseHost } from './harness.ts';

let url = '';
let stop: () => Promise<unknown>;

beforeAll(async () => {
  const host = await startOrUseHost({});
  url = host.url;
  stop = host.stop;
});
afterAll(() => stop());

interface Row extends Call {
  name: string;
  path: string;
  status: number;
  text?: string;
  contentType?: string;
}

const rows: Row[] = [
  {
    name: 'a string body',
    path: '/api/ok',
    status: 200,
    text: 'hi',
    contentType: 'text/plain;charset=UTF-8',
  },
  { name: 'jsonBody', path: '/api/json', status: 201, text: '{"a":1}', contentType: 'application/json' },
  { name: 'a Buffer without content type', path: '/api/buffer', status: 200, text: '\u0001\u0002\u0003' },
  { name: 'an empty object', path: '/api/empty', status: 200, text: '' },
  { name: 'undefined as 204', path: '/api/nothing', status: 204, text: '' },
  { name: 'null as 204', path: '/api/null', status: 204, text: '' },
  { name: '204 with the body dropped', path: '/api/noContent', status: 204, text: '' },
  { name: '418 passed through', path: '/api/teapot', status: 418, text: 'short and stout' },
  { name: 'a returned string as 500', path: '/api/string', status: 500, text: '' },
  { name: 'status 700 as 500', path: '/api/status700', status: 500, text: '' },
  { name: 'a throw as 500 without the message', path: '/api/throws', status: 500, text: '' },
  { name: 'an unknown route', path: '/api/nosuch', status: 404, text: '' },
  { name: 'a path outside the prefix', path: '/nosuch', status: 404, text: '' },
  { name: 'the bare prefix', path: '/api/', status: 404, text: '' },
  ...['DELETE', 'OPTIONS', 'HEAD', 'PUT'].map((method) => ({
    name: `wrong method ${method} as 404`,
    method,
    path: '/api/ok',
    status: 404,
    text: '',
  })),
  { name: 'HEAD where it is listed', method: 'HEAD', path: '/api/verbs', status: 200, text: '' },
  { name: 'OPTIONS where it is listed', method: 'OPTIONS', path: '/api/verbs', status: 200, text: 'OPTIONS' },
  { name: 'another case', path: '/API/Ok', status: 200, text: 'hi' },
  { name: 'a trailing slash', path: '/api/ok/', status: 200, text: 'hi' },
  { name: 'a doubled leading slash', path: '//api/ok', status: 404, text: '' },
  { name: 'a constraint that fails', path: '/api/a/x/b/c', status: 404, text: '' },
  { name: 'the literal route before the general one', path: '/api/which/one', status: 200, text: 'literal' },
  { name: 'the general route', path: '/api/which/two', status: 200, text: 'general' },
  { name: 'what a postInvocation hook made of it', path: '/api/hooked', status: 200, text: 'hook ran: true' },
  { name: 'no key for an anonymous function', path: '/api/ok?code=wrong', status: 200, text: 'hi' },
];

test.each(rows)('answers $name', async ({ path, status, text, contentType, method, headers, body }) => {
  const answer = await call(url + path, { method, headers, body } as Call);

  expect(answer.status).toBe(status);
  if (text !== undefined) expect(answer.text).toBe(text);
  if (answer.body.length > 0) {
    expect(answer.headers['content-type']).toBe(contentType ?? answer.headers['content-type']);
    expect(answer.headers['transfer-encoding']).toBe('chunked');
    expect(answer.headers['content-length']).toBeUndefined();
  }
  expect(answer.headers['x-content-type-options']).toBe('nosniff');
  expect(answer.headers['x-powered-by']).toBeUndefined();
  expect(answer.headers['access-control-allow-origin']).toBeUndefined();
});

async function echo(path: string, options: Call = {}) {
  return JSON.parse((await call(url + path, options)).text);
}

test('gives no content type to a Buffer and length 0 to nothing', async () => {
  expect((await call(`${url}/api/buffer`)).headers['content-type']).toBeUndefined();
  const empty = await call(`${url}/api/empty`);
  expect([empty.headers['content-length'], empty.headers['content-type']]).toEqual(['0', undefined]);
  expect((await call(`${url}/api/throws`)).headers['content-length']).toBe('0');
});

test('lower-cases custom header names, keeps known ones, and writes cookies', async () => {
  const { rawHeaders, headers } = await call(`${url}/api/headers`);
  expect(rawHeaders).toEqual(expect.arrayContaining(['x-custom-hdr', 'mixed-case', 'Cache-Control']));
  expect(headers['set-cookie']).toEqual(['c=v; max-age=60; path=/; httponly']);
});

test('hands the request over: lower-case headers, repeated ones joined, full URL, query', async () => {
  const body = '{ not json';
  const headers = { 'X-Twice': ['one', 'two'], 'Content-Type': 'application/json' };
  const seen = await echo('/api/echo?a=1&a=2&b=%20', { method: 'POST', headers, body });

  expect(seen.headers['x-twice']).toMatch(/^one,\s?two$/);
  expect(seen.headers['content-type']).toBe('application/json');
  expect(seen.url).toBe(`${url}/api/echo?a=1&a=2&b=%20`);
  expect(seen.query).toEqual({ a: '1,2', b: ' ' });
  expect(Buffer.from(seen.body, 'base64').toString()).toBe(body);
  expect(seen).toMatchObject({ user: null, triggerMetadata: 'undefined', retryContext: 'undefined' });
  expect(seen.traceContext).toEqual({ traceParent: '', traceState: '', attributes: {} });
});

test('gives route parameters as strings, the absent optional one not at all', async () => {
  expect((await echo('/api/a/5/b/x/y')).params).toEqual({ x: '5', rest: 'x/y' });
  expect((await echo('/api/items')).params).toEqual({});
  expect((await echo('/api/items/r%C3%A9sum%C3%A9%20%2F')).params.id).toMatch(/^résumé (%2F|\/)$/);
});

test('drops the body of a GET and keeps its content type', async () => {
  const seen = await echo('/api/echo', {
    headers: { 'content-type': 'image/jpeg', 'content-length': '5' },
    body: '12345',
  });
  expect([seen.length, seen.headers['content-type']]).toEqual([0, 'image/jpeg']);
});

test('carries bytes both ways, with a length and chunked', async () => {
  const body = randomBytes(1_000_000);
  for (const extra of [{}, { 'transfer-encoding': 'chunked' }]) {
    const answer = await call(`${url}/api/mirror`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'image/jpeg', ...extra },
    });
    expect(answer.headers['content-type']).toBe('image/jpeg');
    expect(answer.body.equals(body)).toBe(true);
  }
});

test('answers a body over 104,857,600 bytes with an empty 500 and closes', async () => {
  for (const extra of [{}, { 'transfer-encoding': 'chunked' }]) {
    const body = Buffer.alloc(105_000_000);
    const answer = await call(`${url}/api/mirror`, { method: 'POST', body, headers: extra });
    expect([answer.status, answer.text, answer.headers.connection]).toEqual([500, '', 'close']);
  }
});

test('serves a small page at / for GET and HEAD', async () => {
  const page = await call(`${url}/`);
  expect(page.status).toBe(200);
  expect(page.headers['content-type']).toMatch(/^text\/html/);
  expect(page.text).toContain('Your Azure Function App is up and running.');
  expect((await call(`${url}/`, { method: 'HEAD' })).status).toBe(200);
});

test('answers a method that HTTP does not know with 404, and HTTP/1.0 by closing', async () => {
  const { host } = new URL(url);
  expect(await rawCall(`FOO /api/ok HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)).toMatch(
    /^HTTP\/1\.1 404 /,
  );
  const old = await rawCall(`GET /api/ok HTTP/1.0\r\nHost: ${host}\r\n\r\n`);
  expect(old).toMatch(/^HTTP\/1\.1 200 /);
  expect(old).toMatch(/\r\n\r\nhi$/);
});

test('runs 200 requests at once', async () => {
  const answers = await Promise.all(Array.from({ length: 200 }, () => call(`${url}/api/slow?ms=100`)));
  expect(answers.filter(({ status }: Answer) => status !== 200)).toEqual([]);
});

test('gives up on a handler after functionTimeout with an empty 500', async () => {
  const answer = await call(`${url}/api/slow?ms=4000`);
  expect([answer.status, answer.text]).toEqual([500, '']);
});

function rawCall(text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(text));
    let received = '';
    socket.on('data', (chunk) => (received += chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(received));
  });
}
