/** Canary, shadow and swaps as clients meet them: the functions themselves, with real models, on Azurite. */
import { HttpRequest, type InvocationContext } from '@azure/functions';
import { isInShare } from '../../core/inference/models.ts';
import { convertVersion } from '../../core/lifecycle/convert-version.ts';
import { registerVersion } from '../../core/lifecycle/register-version.ts';
import { FILE } from '../../core/manifest.ts';
import { setCanary, setShadow } from '../../core/registry/candidates.ts';
import { showVersion } from '../../core/registry/list-versions.ts';
import { findPointer, swapPointer } from '../../core/registry/pointer.ts';
import { promote } from '../../core/registry/promote.ts';
import { rollback } from '../../core/registry/rollback.ts';
import { POINTER_PATH } from '../../core/storage/names.ts';
import { openStorage, type Storage } from '../../core/storage/storage.ts';
import { classify } from '../../functions/classify.ts';
import { EVERY_METHOD, handle } from '../../functions/http/handle.ts';
import { ready } from '../../functions/ready.ts';
import { services } from '../../functions/services.ts';
import { type RunningAzurite, startAzurite } from '../../scripts/azurite.ts';
import { petJpeg } from '../helpers/pictures.ts';
import { eventually, ROOT, runNode } from '../helpers/processes.ts';
import { aFloat32Version, pushTiny } from '../helpers/push-tiny.ts';

let azurite: RunningAzurite;
let storage: Storage;
let picture: Buffer;
const versions: string[] = [];
const person = { by: 'ada', reason: 'a test' };

beforeAll(async () => {
  azurite = await startAzurite();
  // Read by the functions at their first use.
  Object.assign(process.env, {
    MODEL_STORAGE: azurite.connectionString,
    POINTER_MAX_AGE_SECONDS: '0',
    CLASSIFY_QUEUE: '100',
  });
  jest.spyOn(console, 'log').mockImplementation(() => {});
  storage = openStorage({ MODEL_STORAGE: azurite.connectionString });
  await storage.ensureContainers();
  picture = await petJpeg({ width: 64, height: 48 });
  for (const i of [1, 2, 3]) {
    const tiny = await aFloat32Version({ seed: i, createdAt: `2026-11-25T1${i}:00:00.000Z` });
    versions.push(await pushTiny(storage, tiny));
    await convertVersion(storage, tiny.manifest.version);
    await registerVersion(storage, tiny.manifest.version, { by: 'register' });
  }
}, 60_000);
afterAll(async () => {
  services().stop();
  // A look at the pointer that is under way ends before its storage does.
  await new Promise((resolve) => setTimeout(resolve, 500));
  await azurite.stop();
});

const context = {
  options: { trigger: {} },
  functionName: 'classify',
  log() {},
  info() {},
  warn() {},
  debug() {},
  error() {},
} as unknown as InvocationContext;

/** Calls a function as the host does. */
async function call(
  handler: Parameters<typeof handle>[1],
  path: string,
  headers: Record<string, string> = {},
) {
  const request = new HttpRequest({
    method: 'POST',
    url: `http://localhost:7071/api/${path}`,
    headers: { 'content-type': 'image/jpeg', ...headers },
    body: { bytes: picture },
  });
  const {
    status = 200,
    jsonBody,
    body,
  } = (await handle(EVERY_METHOD, handler)(request, context)) as {
    status?: number;
    jsonBody?: unknown;
    body?: string;
  };
  // biome-ignore lint/suspicious/noExplicitAny: the test is about to look at it.
  return { status, body: (jsonBody ?? JSON.parse(body!)) as any };
}
const ask = (query = '', headers = {}) => call(classify, `classify${query}`, headers);
const answering = async (headers = {}) => (await ask('', headers)).body.model?.version;
const isReady = async () => (await call(ready, 'ready')).body;

/** Waits until the instance has seen the pointer as it is. */
async function settled(): Promise<void> {
  const { version, canary, shadow } = (await findPointer(storage))!.pointer;
  const follows = (found: { version: string; state: string } | null, wanted: string | undefined | null) =>
    found?.version === (wanted ?? undefined) && found?.state !== 'loading';
  await eventually(async () => {
    const found = await isReady();
    const isThere = found.version === version && follows(found.canary, canary?.version);
    return (isThere && follows(found.shadow, shadow)) || undefined;
  });
}

beforeEach(async () => {
  const { pointer } = (await findPointer(storage))!;
  if (pointer.canary !== null) await setCanary(storage, null, person);
  if (pointer.shadow !== null) await setShadow(storage, null, person);
  await promote(storage, versions[2]!, person);
  await settled();
});

describe('a canary', () => {
  it('answers for its share of the clients, always the same ones, and says that it did', async () => {
    const canary = { version: versions[0]!, share: 0.5 };
    await setCanary(storage, canary, person);
    await settled();
    const clients = Array.from({ length: 40 }, (_, i) => `client-${i}`);
    const expected = clients.map((client) => (isInShare(canary, client) ? versions[0] : versions[2]));
    expect(new Set(expected).size).toBe(2);
    for (let round = 0; round < 2; round++) {
      const found = await Promise.all(clients.map((client) => answering({ 'x-client-id': client })));
      expect(found).toEqual(expected);
    }
    // Without an id of the client that of the request decides; the client's comes first.
    const byRequest = await Promise.all(clients.map((id) => answering({ 'x-request-id': id })));
    expect(byRequest).toEqual(expected);
    const both = await answering({ 'x-client-id': clients[0]!, 'x-request-id': clients[1]! });
    expect(both).toBe(expected[0]);
    const unusable = await answering({ 'x-client-id': 'a b', 'x-request-id': clients[1]! });
    expect(unusable).toBe(expected[1]);
  });

  it('and production are asked by their aliases, versions by their names', async () => {
    expect((await ask('?version=canary')).status).toBe(404);
    await setCanary(storage, { version: versions[1]!, share: 0.001 }, person);
    await settled();
    for (const [name, version] of [
      ['canary', versions[1]],
      ['production', versions[2]],
      [versions[0], versions[0]],
    ]) {
      expect((await ask(`?version=${name}`)).body).toMatchObject({ model: { version } });
    }
    expect((await ask('?version=shadow')).status).toBe(400);
  });
});

describe('a shadow', () => {
  it('answers beside production, is never shown, and how they agree can be read', async () => {
    const [production, shadow] = [versions[2]!, versions[0]!];
    const scoresOf = async (version: string) =>
      (await ask(`?top=4&version=${version}`)).body.predictions as { breed: string; score: number }[];
    const [first] = await scoresOf(production);
    const beside = await scoresOf(shadow);
    const difference = Math.abs(first!.score - beside.find(({ breed }) => breed === first!.breed)!.score);

    await setShadow(storage, shadow, person);
    await settled();
    const answers: string[] = [];
    for (let i = 0; i < 12; i++) answers.push(await answering());
    expect(new Set(answers)).toEqual(new Set([production]));
    const figures = await eventually(async () => {
      await services().shadow.flush();
      const found = (await showVersion(storage, shadow)).shadow[0];
      return found !== undefined && found.n + found.dropped === answers.length ? found : undefined;
    });
    expect(figures).toMatchObject({
      production,
      failed: 0,
      agreement: beside[0]!.breed === first!.breed ? 1 : 0,
    });
    expect(figures.n).toBeGreaterThan(0);
    expect(figures.meanDifference).toBeCloseTo(difference, 6);
    expect(figures.latencyRatio).toBeGreaterThan(0);

    // It is compared with production alone: not with a canary, nor with a version asked for by name.
    await setCanary(storage, { version: versions[1]!, share: 1 }, person);
    await settled();
    for (const query of ['', '', `?version=${versions[1]}`, `?version=${shadow}`]) await ask(query);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await services().shadow.flush();
    expect((await showVersion(storage, shadow)).shadow).toEqual([figures]);
  });

  it('that breaks while it answers costs no request', async () => {
    await setShadow(storage, versions[1]!, person);
    await settled();
    const model = services().models.shadow.model!;
    model.answer = async () => {
      throw new Error('out of memory');
    };
    for (let i = 0; i < 5; i++) expect((await ask()).status).toBe(200);
    await eventually(async () => {
      await services().shadow.flush();
      const [found] = (await showVersion(storage, versions[1]!)).shadow;
      return (found?.failed ?? 0) > 0 || undefined;
    });
  });
});

/** Turns a bit over in a file of a version, and back again at the second call. */
async function flipByte(version: string): Promise<void> {
  const path = `${version}/${FILE.float32}`;
  const { bytes, etag } = await storage.read('models', path);
  bytes[bytes.length >> 1]! ^= 0x10;
  await storage.replace('models', path, bytes, etag);
}

// Field case 78.
describe('a version that can not be loaded', () => {
  const statuses = async () => Promise.all(Array.from({ length: 10 }, async () => (await ask()).status));

  it('in production: the last good one answers on, and ready says degraded with its name', async () => {
    await flipByte(versions[1]!);
    const found = (await findPointer(storage))!;
    // By hand: a promotion would refuse it.
    await swapPointer(storage, found, { ...found.pointer, version: versions[1]! });
    await eventually(async () => ((await isReady()).status === 'degraded' ? true : undefined));
    expect(await isReady()).toMatchObject({ status: 'degraded', version: versions[2] });
    expect(new Set(await statuses())).toEqual(new Set([200]));
    expect(await answering()).toBe(versions[2]);
    await flipByte(versions[1]!);
    await eventually(async () => ((await isReady()).version === versions[1] ? true : undefined));
    expect(await isReady()).toMatchObject({ status: 'ready' });
  }, 90_000);

  it('as canary: production answers for it, and ready says so', async () => {
    await setCanary(storage, { version: versions[0]!, share: 1 }, person);
    await settled();
    await setCanary(storage, null, person);
    await settled();
    const found = (await findPointer(storage))!;
    await flipByte(versions[0]!);
    await swapPointer(storage, found, { ...found.pointer, canary: { version: versions[0]!, share: 1 } });
    await eventually(async () => ((await isReady()).canary?.state === 'failed' ? true : undefined));
    const canary = { version: versions[0], state: 'failed' };
    expect(await isReady()).toEqual({
      status: 'degraded',
      version: versions[2],
      precision: 'float32',
      canary,
      shadow: null,
    });
    expect(new Set(await statuses())).toEqual(new Set([200]));
    expect(await answering()).toBe(versions[2]);
    expect((await ask('?version=canary')).status).toBe(503);
    await flipByte(versions[0]!);
  }, 90_000);
});

describe('what production came from, deleted while it answers', () => {
  const degraded = async () =>
    eventually(async () => ((await isReady()).status === 'degraded' ? true : undefined));
  const whole = async () => eventually(async () => ((await isReady()).status === 'ready' ? true : undefined));

  for (const [what, container, path] of [
    ['the pointer', 'registry', () => POINTER_PATH],
    ['the manifest', 'models', () => `${versions[2]}/${FILE.manifest}`],
  ] as const) {
    it(`${what}: ready says degraded, and ready again once it is back; no request fails`, async () => {
      await whole();
      const { bytes, etag } = await storage.read(container, path());
      await storage.remove(container, path(), etag);
      await degraded();
      expect(services().production.degraded).toContain(' is gone; the next instance to start');
      expect(await isReady()).toMatchObject({ status: 'degraded', version: versions[2] });
      expect(await answering()).toBe(versions[2]);
      await storage.createOnce(container, path(), bytes);
      await whole();
      expect(await answering()).toBe(versions[2]);
    }, 30_000);
  }
});

// Field case 75, as a count of requests that failed.
test('promotions, rollbacks, canaries and shadows under load: no request fails', async () => {
  const seen = new Map<string, number>();
  const failures: unknown[] = [];
  let over = false;
  const client = async (id: string) => {
    while (!over) {
      const { status, body } = await ask('', { 'x-client-id': id });
      if (status === 200) seen.set(body.model.version, (seen.get(body.model.version) ?? 0) + 1);
      else failures.push(body);
    }
  };
  const clients = ['1', '2', '3', '4'].map(client);
  for (let round = 0; round < 3; round++) {
    await setShadow(storage, versions[1]!, person);
    await setCanary(storage, { version: versions[0]!, share: 0.5 }, person);
    await settled();
    await promote(storage, versions[0]!, person);
    await settled();
    await promote(storage, versions[1]!, person);
    await settled();
    await rollback(storage, person);
    await rollback(storage, person);
    await settled();
  }
  over = true;
  await Promise.all(clients);
  expect(failures).toEqual([]);
  expect([...seen.keys()].sort()).toEqual(versions.toSorted());
}, 120_000);

// Field case 53, for the models beside production: what isn't released is never freed for certain.
test('canaries and shadows that come and go leave no session behind', async () => {
  const output = await runNode([`${ROOT}/tests/helpers/swap-candidates.ts`, '10']);
  const { made, open, answered, failed, versions: answering } = JSON.parse(output);
  // Production, and ten times a canary and a shadow.
  expect([made, open, failed, answering]).toEqual([21, 1, 0, 2]);
  expect(answered).toBeGreaterThan(0);
}, 60_000);
