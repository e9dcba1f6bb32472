/**
 * Which key opens which function, asked of the running local host for every function that the app registers. Needs the
 * built app, as `npm test` makes it.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunningAzurite, startAzurite } from '../../scripts/azurite.ts';
import type { Keys } from '../../scripts/host/keys.ts';
import { ROOT, runNode } from '../helpers/processes.ts';
import { type Answer, call, startTestHost, type TestHost } from '../host/harness.ts';

/**
 * What needs no admin key (architecture.md, HTTP contract). Whatever isn't named here must ask for it: a new function
 * is closed until somebody opens it in this list too.
 */
const OPEN: Record<string, 'anonymous' | 'function'> = {
  app: 'anonymous',
  breeds: 'anonymous',
  docs: 'anonymous',
  health: 'anonymous',
  openapi: 'anonymous',
  ready: 'anonymous',
  classify: 'function',
  feedback: 'function',
  feedbackDelete: 'function',
};

interface HttpFunction {
  name: string;
  level: string;
  path: string;
  methods: string[];
}

interface Credential {
  headers?: Record<string, string>;
  code?: string;
  opens: readonly string[];
}

const NOTHING = ['anonymous'];
const FUNCTIONS = ['anonymous', 'function'];
const EVERYTHING = ['anonymous', 'function', 'admin'];

let azurite: RunningAzurite;
let host: TestHost;
let keys: Keys;
let functions: HttpFunction[];
let iosKey: string;

beforeAll(async () => {
  azurite = await startAzurite();
  const env = {
    AzureWebJobsStorage: azurite.connectionString,
    MODEL_STORAGE: azurite.connectionString,
    BLOB_TRIGGER_SOURCE: 'EventGrid',
  };
  host = await startTestHost({ root: ROOT, args: ['--auth'], env });
  iosKey = await runKeys('add', 'ios-app');
  keys = readKeys();
  functions = await listFunctions();
});
afterAll(async () => {
  await host?.stop();
  await azurite?.stop();
});

function readKeys(): Keys {
  return JSON.parse(readFileSync(join(host.stateFolder, 'keys.json'), 'utf8'));
}

/** Runs `npm run keys` while the host runs, and returns the key that it shows, if it shows one. */
async function runKeys(...words: string[]): Promise<string> {
  const output = await runNode(['scripts/keys.ts', ...words, '--state', host.stateFolder]);
  return /^ {2}(\S{40,})$/m.exec(output)?.[1] ?? '';
}

async function listFunctions(): Promise<HttpFunction[]> {
  const { text } = await call(`${host.url}/admin/functions`, {
    headers: { 'x-functions-key': keys.masterKey },
  });
  const all: { name: string; config: { bindings: Record<string, unknown>[] } }[] = JSON.parse(text);
  return all.flatMap(({ name, config }) => {
    const trigger = config.bindings.find(({ type }) => type === 'httpTrigger');
    if (trigger === undefined) return [];
    // Of the form of a version and of an id of feedback; there is none of either.
    const route = String(trigger.route)
      .replace(/\{version[^}]*\}/, '20261125T081500Z-1c9f00aa')
      .replace(/\{\w+[^}]*\}/, '20261125-0123456789abcdef');
    const methods = (trigger.methods as string[]).map((method) => method.toUpperCase());
    return [{ name, level: String(trigger.authLevel), path: `/api/${route}`, methods }];
  });
}

/** Every way to present a key, and what it opens. */
function credentials(): Record<string, Credential> {
  const header = (key: string) => ({ headers: { 'x-functions-key': key } });
  const { masterKey, functionKeys, systemKeys } = keys;
  const plain = functionKeys.default!;
  return {
    'no key': { opens: NOTHING },
    'an empty key': { ...header(''), opens: NOTHING },
    'a wrong key in the header': { ...header('wrong'), opens: NOTHING },
    'a wrong key in the query': { code: 'wrong', opens: NOTHING },
    'the name of a key': { ...header('ios-app'), opens: NOTHING },
    'a key that lacks its last letter': { ...header(plain.slice(0, -1)), opens: NOTHING },
    'the master key in small letters': { ...header(masterKey.toLowerCase()), opens: NOTHING },
    'the master key as a token': { headers: { authorization: `Bearer ${masterKey}` }, opens: NOTHING },
    "the webhook's key": { ...header(systemKeys.blobs_extension!), opens: NOTHING },
    'a wrong key in the header beside the master key in the query': {
      ...header('wrong'),
      code: masterKey,
      opens: NOTHING,
    },
    'a function key in the header': { ...header(plain), opens: FUNCTIONS },
    'a function key in the query': { code: plain, opens: FUNCTIONS },
    "a client's key in the header": { ...header(iosKey), opens: FUNCTIONS },
    "a client's key in the query": { code: iosKey, opens: FUNCTIONS },
    'a function key in the header beside the master key in the query': {
      ...header(plain),
      code: masterKey,
      opens: FUNCTIONS,
    },
    'the master key in the header': { ...header(masterKey), opens: EVERYTHING },
    'the master key in the query': { code: masterKey, opens: EVERYTHING },
    'the master key in the header beside a wrong one in the query': {
      ...header(masterKey),
      code: 'wrong',
      opens: EVERYTHING,
    },
  };
}

const PROBE = 'a-probe';

function ask({ path }: Pick<HttpFunction, 'path'>, method: string, { headers = {}, code }: Credential) {
  const query = code === undefined ? '' : `?code=${code}`;
  return call(`${host.url}${path}${query}`, { method, headers: { 'x-request-id': PROBE, ...headers } });
}

/** Whether the function itself answered: the host knows nothing of request ids, and its 401 is empty. */
function isOpened({ status, headers, body }: Answer): boolean {
  const isOfTheFunction = headers['x-request-id'] === PROBE;
  if (!isOfTheFunction) expect({ status, bytes: body.length }).toEqual({ status: 401, bytes: 0 });
  return isOfTheFunction;
}

test('functions ask for the admin key unless they are meant to be open', () => {
  const levels = Object.fromEntries(functions.map(({ name, level }) => [name, level]));
  expect(levels).toEqual({
    ...Object.fromEntries(functions.map(({ name }) => [name, 'admin'])),
    ...OPEN,
  });
  // What changes what serves, and what others said, by name: a list that lost them would prove nothing.
  for (const name of ['feedbackList', 'model', 'models', 'promote', 'rollback']) {
    expect(levels).toHaveProperty(name, 'admin');
  }
});

test('every method of every function is opened by the right keys only', async () => {
  const wrong: string[] = [];
  let asked = 0;
  for (const target of functions) {
    for (const [name, credential] of Object.entries(credentials())) {
      const answers = target.methods.map(async (method) => {
        const isOpen = isOpened(await ask(target, method, credential));
        asked++;
        if (isOpen !== credential.opens.includes(target.level)) {
          wrong.push(`${method} ${target.path} with ${name} ${isOpen ? 'is open' : 'is shut'}`);
        }
      });
      await Promise.all(answers);
    }
  }
  expect(wrong).toEqual([]);
  expect(asked).toBeGreaterThan(18 * 14);
});

describe('while the host runs', () => {
  const opens = async (key: string) =>
    isOpened(
      await ask({ path: '/api/classify' }, 'POST', { headers: { 'x-functions-key': key }, opens: [] }),
    );

  test('a key is added, rotated without a pause, retired and removed', async () => {
    const first = await runKeys('add', 'android-app');
    expect(await opens(first)).toBe(true);
    const second = await runKeys('rotate', 'android-app');
    expect([await opens(first), await opens(second)]).toEqual([true, true]);
    expect(host.output()).toMatch(
      /'classify' is called with the key 'android-app' \(the former one, good until 20.*Z\)/,
    );
    await runKeys('rotate', 'android-app', '--retire');
    expect([await opens(first), await opens(second)]).toEqual([false, true]);
    await runKeys('remove', 'android-app');
    expect(await opens(second)).toBe(false);
    expect(await opens(iosKey)).toBe(true);
  });

  test('a former key ends by itself', async () => {
    const first = await runKeys('add', 'short-lived');
    const second = await runKeys('rotate', 'short-lived', '--grace', '1s');
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect([await opens(first), await opens(second)]).toEqual([false, true]);
  });

  test('a changed master key opens management, and the old one nothing', async () => {
    const before = readKeys().masterKey;
    const now = await runKeys('rotate', '_master', '--grace', '0');
    const models = { path: '/api/models' };
    const withKey = (key: string) => ask(models, 'GET', { headers: { 'x-functions-key': key }, opens: [] });
    expect([isOpened(await withKey(before)), isOpened(await withKey(now))]).toEqual([false, true]);
  });

  test('names of keys are in the log, and never a key', async () => {
    const output = host.output();
    expect(output).toContain("'classify' is called with the key 'ios-app'");
    expect(output).toContain("'models' was called with the key 'ios-app', and answers 401");
    expect(output).toContain("'models' was called with a wrong key, and answers 401");
    const all = [keys, readKeys()].flatMap(({ masterKey, functionKeys, systemKeys }) => [
      masterKey,
      ...Object.values(functionKeys),
      ...Object.values(systemKeys),
    ]);
    for (const key of all) expect(output).not.toContain(key);
  });
});
