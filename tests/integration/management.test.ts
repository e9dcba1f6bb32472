/** Models over HTTP, for who runs the service: listed, looked at, promoted and rolled back. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPointer } from '../../core/registry/registry.ts';
import { ROOT, stopAll } from '../helpers/processes.ts';
import { type ServedApp, startServedApp } from '../helpers/served-app.ts';
import { call, startTestHost, type TestHost } from '../host/harness.ts';

const UNKNOWN = '20261125T081500Z-1c9f00aa';

let app: ServedApp;
let [first, second, third] = ['', '', ''];
beforeAll(async () => {
  app = await startServedApp({ versions: 3 });
  [first, second, third] = app.versions as [string, string, string];
}, 120_000);
afterAll(async () => {
  await app?.stop();
  await stopAll();
}, 30_000);

const move = (path: string, body: object | string = { reason: 'a reason' }, headers = {}) =>
  app.post(`models/${path}`, body, headers);
const pointer = async () => (await findPointer(app.storage))!.pointer;

test('the list has every version, newest first, and what this instance does', async () => {
  const { status, body } = await app.call('models');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    production: third,
    previous: second,
    canary: null,
    shadow: null,
    models: [
      { version: third, state: 'blessed', precision: 'float32', top1: 0.9, top3: 1 },
      { version: second },
      { version: first, createdAt: '2026-11-25T01:00:00.000Z' },
    ],
    instance: { version: third, error: null, canary: null, shadow: null },
  });
});

test('a version is shown with its manifest, its gates and its moves', async () => {
  const { status, body } = await app.call(`models/${third}`);
  expect(status).toBe(200);
  expect(body).toMatchObject({
    manifest: { version: third, labels: [{ name: 'Bengal', species: 'cat' }, {}, {}, {}] },
    state: 'blessed',
    roles: ['production'],
    moves: [{ action: 'register', version: third, from: second }],
  });
  expect(body.gates.length).toBeGreaterThan(5);
  for (const gate of body.gates)
    expect(gate).toMatchObject({ name: expect.any(String), reason: expect.any(String) });
});

test.each([
  [UNKNOWN, 404, 'is not registered'],
  ['nonsense', 400, 'is not a model version'],
  ['..%2f..', 400, 'is not a model version'],
])('models/%s is %i', async (version, status, words) => {
  const answer = await app.call(`models/${version}`);
  expect(answer.status).toBe(status);
  expect(answer.body.detail).toContain(words);
});

test('a promotion moves production, says who and why, and is followed', async () => {
  const { status, body } = await move(
    `${first}/promote`,
    { reason: ' steadier ' },
    { 'x-pawprint-by': 'ada' },
  );
  expect([status, body]).toEqual([200, { production: first, previous: third, moved: true }]);
  expect((await pointer()).history.at(-1)).toMatchObject({
    action: 'promote',
    version: first,
    by: 'ada',
    reason: 'steadier',
  });
  await expect(app.ready(({ version }) => version === first)).resolves.toMatchObject({ version: first });
  // Again: nothing to do, and nothing is added.
  const { length } = (await pointer()).history;
  expect((await move(`${first}/promote`)).body).toMatchObject({ production: first, moved: false });
  expect((await pointer()).history).toHaveLength(length);
});

test('a rollback goes back to what served before, by "api" where nobody says who', async () => {
  const { status, body } = await move('rollback', { reason: 'worse' });
  expect([status, body]).toEqual([200, { production: third, previous: second, skipped: [] }]);
  expect((await pointer()).history.at(-1)).toMatchObject({ action: 'rollback', by: 'api', reason: 'worse' });
});

test('rollbacks go on to the first version, and then there is nothing to go back to', async () => {
  expect((await move('rollback')).body.production).toBe(second);
  expect((await move('rollback')).body.production).toBe(first);
  const { status, body } = await move('rollback');
  expect([status, body.type]).toEqual([409, 'urn:pawprint:problem:conflict']);
  expect((await pointer()).version).toBe(first);
});

// Case 73.
test('a version that is unknown or rejected, or no name of one, is refused, and the pointer stays', async () => {
  const path = `versions/${second}.json`;
  const { bytes, etag } = await app.storage.read('registry', path);
  const rejected = { ...JSON.parse(bytes.toString()), state: 'rejected', precision: null };
  await app.storage.replace('registry', path, Buffer.from(JSON.stringify(rejected)), etag);
  const before = await findPointer(app.storage);
  expect((await move(`${UNKNOWN}/promote`)).status).toBe(404);
  expect((await move(`${second}/promote`)).status).toBe(409);
  expect((await move('nonsense/promote')).status).toBe(400);
  expect((await findPointer(app.storage))!.etag).toBe(before!.etag);
});

test.each([
  ['no body', '', 'The body is empty'],
  ['no reason', {}, '`reason`: it is missing'],
  ['an empty reason', { reason: '  ' }, '`reason`'],
  ['a reason of two lines', { reason: 'a\nb' }, '`reason`: it must be one line'],
  ['a reason that is a number', { reason: 5 }, '`reason`: it must be a text'],
  ['a reason that is too long', { reason: 'a'.repeat(1001) }, '`reason`: it is longer than 1000 characters'],
  ['something else beside it', { reason: 'a', force: true }, '`force`: not known here'],
  ['no JSON', 'because', 'not valid JSON'],
  ['a list', '["a"]', 'not a JSON object'],
])('with %s nothing moves and the answer says why', async (_kind, body, words) => {
  const before = await findPointer(app.storage);
  for (const path of [`${third}/promote`, 'rollback']) {
    const { status, body: problem } = await move(path, body);
    expect(status).toBe(400);
    expect(problem.detail).toContain(words);
  }
  expect((await findPointer(app.storage))!.etag).toBe(before!.etag);
});

test('a body of a megabyte is 413', async () => {
  expect((await move('rollback', { reason: 'x'.repeat(1_000_000) })).status).toBe(413);
});

test.each([
  ['models', 'POST', 'GET, HEAD, OPTIONS'],
  [`models/${UNKNOWN}`, 'DELETE', 'GET, HEAD, OPTIONS'],
  [`models/${UNKNOWN}/promote`, 'GET', 'POST, OPTIONS'],
  ['models/rollback', 'GET', 'POST, OPTIONS'],
])('%s answers %s with 405 and Allow', async (path, method, allow) => {
  const answer = await app.call(path, { method });
  expect([answer.status, answer.headers.get('allow')]).toEqual([405, allow]);
});

// A key of clients opens what is for clients, and nothing else.
test('only the admin key opens management and the list of feedback', async () => {
  const env = {
    AzureWebJobsStorage: app.azurite.connectionString,
    MODEL_STORAGE: app.azurite.connectionString,
    BLOB_TRIGGER_SOURCE: 'EventGrid',
  };
  const host: TestHost = await startTestHost({ root: ROOT, args: ['--auth'], env });
  const { masterKey, functionKeys } = JSON.parse(readFileSync(join(host.stateFolder, 'keys.json'), 'utf8'));
  const [master, client]: [string, string] = [masterKey, functionKeys.default];
  const statusOf = async (path: string, key?: string) =>
    (await call(`${host.url}/api/${path}`, key ? { headers: { 'x-functions-key': key } } : {})).status;
  for (const path of ['models', `models/${third}`, 'feedback']) {
    expect([path, await statusOf(path)]).toEqual([path, 401]);
    expect([path, await statusOf(path, client)]).toEqual([path, 401]);
    expect([path, await statusOf(path, master)]).toEqual([path, 200]);
  }
  const promoting = { method: 'POST', headers: { 'x-functions-key': client }, body: '{"reason":"x"}' };
  expect((await call(`${host.url}/api/models/${third}/promote`, promoting)).status).toBe(401);
  await host.stop();
});
