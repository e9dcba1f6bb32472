import { InvalidModelError, UnavailableError } from '../../../../core/errors.ts';
import { ProductionModel } from '../../../../core/inference/production-model.ts';
import type { ServableModel } from '../../../../core/inference/servable-model.ts';
import { encodeDocument, type Pointer } from '../../../../core/registry/schema.ts';
import type { Storage } from '../../../../core/storage/storage.ts';

const [V1, V2] = ['20261125T081500Z-00000001', '20261125T081500Z-00000002'];

/** A registry whose pointer the test moves, a clock that it turns, and models that note what happens to them. */
function aWorld() {
  const world = {
    pointer: undefined as string | undefined,
    storageFails: false,
    loadFails: false,
    /** Whether the manifests of all versions are gone. */
    filesGone: false,
    log: [] as string[],
    now: 0,
    loads: 0,
    retired: [] as string[],
    looks: 0,
  };
  const storage = {
    async find(_container: string, _path: string, { unlessEtag }: { unlessEtag?: string } = {}) {
      world.looks++;
      if (world.storageFails) throw new UnavailableError('storage is out of reach');
      if (world.pointer === undefined) return undefined;
      if (world.pointer === unlessEtag) return 'unchanged';
      return { bytes: encodeDocument(aPointer(world.pointer)), etag: world.pointer };
    },
    async properties(container: string) {
      if (world.storageFails) throw new UnavailableError('storage is out of reach');
      const isThere = container === 'registry' ? world.pointer !== undefined : !world.filesGone;
      return isThere ? { bytes: 1, etag: 'any', lastModified: new Date(0) } : undefined;
    },
  } as unknown as Storage;
  const load = async (_: Storage, { version }: { version: string }) => {
    world.loads++;
    if (world.loadFails) throw new InvalidModelError('a flipped byte');
    const model = {
      manifest: { version },
      precision: 'int8',
      use: (task: (model: ServableModel) => Promise<unknown>) => task(model),
      async retire() {
        world.retired.push(version);
      },
    } as unknown as ServableModel;
    return model;
  };
  const production = new ProductionModel({
    storage,
    maxAgeSeconds: 15,
    log: (line) => world.log.push(line),
    load,
    clock: () => world.now,
  });
  return { world, production, version: () => production.use(async (model) => model.manifest.version) };
}

function aPointer(version: string): Pointer {
  return {
    schemaVersion: 1,
    version,
    precision: 'int8',
    canary: null,
    shadow: null,
    previous: null,
    history: [],
  };
}

const background = () => new Promise((resolve) => setImmediate(resolve));

test('an empty registry is 503, and the first model is found within a second', async () => {
  const { world, version } = aWorld();
  await expect(version()).rejects.toThrow('No model is in production yet');
  world.pointer = V1;
  world.now += 1_000;
  await expect(version()).resolves.toBe(V1);
});

test('many first requests load one model once', async () => {
  const { world, version } = aWorld();
  world.pointer = V1;
  await Promise.all(Array.from({ length: 20 }, version));
  expect(world.loads).toBe(1);
});

test('follows the pointer at most every 15 s, and no request waits for it', async () => {
  const { world, version } = aWorld();
  world.pointer = V1;
  await version();
  world.pointer = V2;
  world.now += 14_999;
  await version();
  await background();
  expect(world.loads).toBe(1);
  world.now += 1;
  await expect(version()).resolves.toBe(V1);
  await background();
  await expect(version()).resolves.toBe(V2);
  expect(world.retired).toEqual([V1]);
});

// Field case 74: one error at load must not leave the new version untried for ever.
test('keeps the old model while the new one fails to load, and tries again with growing pauses', async () => {
  const { world, production, version } = aWorld();
  world.pointer = V1;
  await version();
  Object.assign(world, { pointer: V2, loadFails: true });
  world.now += 15_000;
  const pauses: number[] = [];
  for (let i = 0, last = world.now; i < 4; ) {
    const before = world.loads;
    await expect(version()).resolves.toBe(V1);
    await background();
    if (world.loads > before) {
      pauses.push(world.now - last);
      last = world.now;
      i++;
    }
    world.now += 500;
  }
  expect(pauses).toEqual([0, 1_000, 2_000, 4_000]);
  expect(production.degraded).toBe('a flipped byte');
  world.loadFails = false;
  world.now += 60_000;
  await version();
  await background();
  await expect(version()).resolves.toBe(V2);
  expect(production.degraded).toBeNull();
});

test('storage out of reach: 503 without a model, the model in memory with one', async () => {
  const { world, version } = aWorld();
  world.storageFails = true;
  await expect(version()).rejects.toThrow(UnavailableError);
  Object.assign(world, { storageFails: false, pointer: V1 });
  world.now += 60_000;
  await version();
  world.storageFails = true;
  world.now += 60_000;
  await expect(version()).resolves.toBe(V1);
});

test('a request that comes right after a swap began still gets a model that is alive', async () => {
  const { world, version } = aWorld();
  world.pointer = V1;
  await version();
  world.pointer = V2;
  world.now += 15_000;
  await expect(Promise.all([version(), version()])).resolves.toEqual([V1, V1]);
});

test('looks at the pointer on its own, so that the first request after a quiet night gets the newest', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
  try {
    const { world, production, version } = aWorld();
    world.pointer = V1;
    await version();
    const stop = production.follow();
    world.pointer = V2;
    world.now += 15_000;
    jest.advanceTimersByTime(15_000);
    await background();
    await expect(version()).resolves.toBe(V2);
    stop();
  } finally {
    jest.useRealTimers();
  }
});

describe('what the model in memory came from, gone', () => {
  const POINTER_GONE = 'The pointer to production is gone; the next instance to start would have no model.';
  const FILES_GONE = `models/${V1}/manifest.json is gone; the next instance to start couldn't load version ${V1}.`;

  /** A model that answers, and a look at the pointer after a change. */
  async function answering() {
    const { world, production, version } = aWorld();
    world.pointer = V1;
    await version();
    expect(production.degraded).toBeNull();
    const lookAfter = async (change: Partial<typeof world>) => {
      Object.assign(world, change);
      world.now += 15_000;
      await expect(version()).resolves.toBe(V1);
      await background();
      await expect(version()).resolves.toBe(V1);
      return production.degraded;
    };
    return { world, lookAfter };
  }

  it('the pointer: degraded while the model answers on, until it is back', async () => {
    const { world, lookAfter } = await answering();
    expect(await lookAfter({ pointer: undefined })).toBe(POINTER_GONE);
    expect(await lookAfter({})).toBe(POINTER_GONE);
    expect(world.log.filter((line) => line === POINTER_GONE)).toHaveLength(1);
    expect(await lookAfter({ pointer: V1 })).toBeNull();
    expect(world.loads).toBe(1);
  });

  it('its files: degraded while the model answers on, until they are back', async () => {
    const { world, lookAfter } = await answering();
    expect(await lookAfter({ filesGone: true })).toBe(FILES_GONE);
    expect(await lookAfter({ pointer: undefined })).toBe(POINTER_GONE);
    expect(await lookAfter({ pointer: V1 })).toBe(FILES_GONE);
    expect(await lookAfter({ filesGone: false })).toBeNull();
    expect(world.loads).toBe(1);
  });

  it('is still said, once storage that was out of reach is back', async () => {
    const { lookAfter } = await answering();
    expect(await lookAfter({ filesGone: true })).toBe(FILES_GONE);
    expect(await lookAfter({ storageFails: true })).toBe('storage is out of reach');
    expect(await lookAfter({ storageFails: false })).toBe(FILES_GONE);
  });
});
