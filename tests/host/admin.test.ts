/**
 * @module tests/host/admin
 * The pages under /admin, and keys: who gets in with what. The keys are those of a new state folder, so these
 * tests need a host of their own.
 */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { call, itLocally, post, startTestHost, type TestHost } from './harness.ts';

let host: TestHost;
let keys: { masterKey: string; functionKeys: { default: string }; systemKeys: { blobs_extension: string } };

beforeAll(async () => {
  if (process.env.HOST_URL) return;
  host = await startTestHost({ args: ['--auth'], env: { 'AzureWebJobs.switchedOff.Disabled': 'true' } });
  keys = JSON.parse(readFileSync(join(host.stateFolder, 'keys.json'), 'utf8'));
});
afterAll(() => host?.stop());

type KeyName = 'none' | 'wrong' | 'function' | 'system' | 'master';

function key(name: KeyName): string {
  const all = {
    none: '',
    wrong: 'wrong',
    function: keys.functionKeys.default,
    system: keys.systemKeys.blobs_extension,
  };
  return name === 'master' ? keys.masterKey : all[name];
}

/** The status for a key in the header. */
async function statusWith(name: KeyName, path: string): Promise<number> {
  const headers = name === 'none' ? {} : { 'x-functions-key': key(name) };
  const { status, text } = await call(host.url + path, { headers });
  if (status >= 400) expect(text).toBe('');
  return status;
}

itLocally.each<[string, Record<KeyName, number>]>([
  ['/api/ok', { none: 200, wrong: 200, function: 200, system: 200, master: 200 }],
  ['/api/keyed', { none: 401, wrong: 401, function: 200, system: 401, master: 200 }],
  ['/api/onlyAdmin', { none: 401, wrong: 401, function: 401, system: 401, master: 200 }],
  ['/admin/host/ping', { none: 200, wrong: 200, function: 200, system: 200, master: 200 }],
  ['/admin/host/status', { none: 401, wrong: 401, function: 403, system: 403, master: 200 }],
  ['/admin/functions', { none: 401, wrong: 401, function: 403, system: 403, master: 200 }],
])('%s is opened by the right keys only', async (path, expected) => {
  const statuses: Record<string, number> = {};
  for (const name of Object.keys(expected) as KeyName[]) statuses[name] = await statusWith(name, path);
  expect(statuses).toEqual(expected);
});

itLocally('keys are random and only the owner can read them', () => {
  expect(new Set([keys.masterKey, keys.functionKeys.default, keys.systemKeys.blobs_extension]).size).toBe(3);
  expect(keys.masterKey.length).toBeGreaterThan(40);
  expect(statSync(join(host.stateFolder, 'keys.json')).mode & 0o777).toBe(0o600);
});

itLocally('the header wins over ?code=, right or wrong, and the handler sees the code', async () => {
  const right = key('function');
  const headers = (value: string) => ({ headers: { 'x-functions-key': value } });
  expect((await call(`${host.url}/api/keyed?code=${right}`)).text).toBe(right);
  expect((await call(`${host.url}/api/keyed?code=${right}`, headers('wrong'))).status).toBe(401);
  expect((await call(`${host.url}/api/keyed?code=wrong`, headers(right))).status).toBe(200);
  expect(
    (await call(`${host.url}/api/keyed`, { headers: { authorization: `Bearer ${right}` } })).status,
  ).toBe(401);
});

itLocally('a refusal on /admin names the scheme, one on a function does not', async () => {
  expect((await call(`${host.url}/admin/functions`)).headers['www-authenticate']).toBe('Bearer');
  expect((await call(`${host.url}/api/keyed`)).headers['www-authenticate']).toBeUndefined();
});

const master = () => ({ headers: { 'x-functions-key': key('master') } });

itLocally('/admin/host/ping must not be cached', async () => {
  const { headers } = await call(`${host.url}/admin/host/ping`);
  expect(headers['cache-control']).toBe('no-store,no-cache');
});

itLocally('/admin/host/status says Running', async () => {
  const { text } = await call(`${host.url}/admin/host/status`, master());
  expect(JSON.parse(text)).toMatchObject({ state: 'Running', processUptime: expect.any(Number) });
});

itLocally('/admin/functions describes every function, the disabled one too', async () => {
  const functions = JSON.parse((await call(`${host.url}/admin/functions`, master())).text);
  const find = (name: string) => functions.find((entry: { name: string }) => entry.name === name);
  expect(find('ok')).toMatchObject({
    invoke_url_template: `${host.url}/api/ok`,
    language: 'node',
    isDisabled: false,
  });
  expect(find('ok').config.bindings[0]).toMatchObject({ type: 'httpTrigger', authLevel: 'anonymous' });
  expect(find('switchedOff').isDisabled).toBe(true);
  expect((await call(`${host.url}/api/switchedOff`)).status).toBe(404);
});

itLocally.each([
  [
    'badCron',
    "The schedule expression 'not a cron' was not recognized as a valid cron expression or timespan string.",
  ],
  [
    'noConnection',
    "Storage account connection string 'AzureWebJobsNoSuchConn' does not exist. Make sure that it is a defined App Setting.",
  ],
  ['noSetting', "'%NO_SUCH%' does not resolve to a value."],
  ['twin2', "The route specified conflicts with the route defined by function 'twin1'."],
  ['reserved', 'The specified route conflicts with one or more built in routes.'],
])('%s is in error by itself and says why', async (name, message) => {
  const { text } = await call(`${host.url}/admin/functions/${name}/status`, master());
  expect(JSON.parse(text)).toEqual({ errors: [message] });
  expect(host.output()).toContain(`Function 'Functions.${name}' failed indexing and will be disabled.`);
  expect(host.output()).toContain(`The '${name}' function is in error: ${message}`);
});

itLocally('a route that is defined twice answers by the first', async () => {
  expect((await call(`${host.url}/api/twin`)).text).toBe('one');
});

itLocally('POST /admin/functions: 202 for a trigger, 404 for an unknown name, 415 without JSON', async () => {
  const { headers } = master();
  expect((await post(`${host.url}/admin/functions/everySecond`, { input: '' }, headers)).status).toBe(202);
  expect((await post(`${host.url}/admin/functions/nosuch`, { input: '' }, headers)).status).toBe(404);
  const plain = { method: 'POST', headers: { ...headers, 'content-type': 'text/plain' }, body: '{}' };
  expect((await call(`${host.url}/admin/functions/everySecond`, plain)).status).toBe(415);
  expect((await post(`${host.url}/admin/functions/everySecond`, { input: '' })).status).toBe(401);
});
