/** Production moved by many at once and by people, on Azurite and on storage in memory. */
import { ConflictError, NotFoundError } from '../../core/errors.ts';
import { loadServableModel, type ServableModel } from '../../core/inference/servable-model.ts';
import { convertVersion } from '../../core/lifecycle/convert-version.ts';
import { registerVersion } from '../../core/lifecycle/register-version.ts';
import { FILE } from '../../core/manifest.ts';
import { setCanary } from '../../core/registry/candidates.ts';
import { listVersions } from '../../core/registry/list-versions.ts';
import { findPointer, readWholeHistory } from '../../core/registry/pointer.ts';
import { promote } from '../../core/registry/promote.ts';
import { findRecord, promoteIfNewer, writeRecord } from '../../core/registry/registry.ts';
import { removeOldVersions } from '../../core/registry/remove-old-versions.ts';
import { rollback } from '../../core/registry/rollback.ts';
import type { Move, VersionRecord } from '../../core/registry/schema.ts';
import { recordPath } from '../../core/storage/names.ts';
import { openStorage, type Storage } from '../../core/storage/storage.ts';
import { type RunningAzurite, startAzurite } from '../../scripts/azurite.ts';
import { anEvaluation, metricsOf } from '../helpers/evaluations.ts';
import { memoryStorage } from '../helpers/memory-storage.ts';
import { aFloat32Version, pushTiny } from '../helpers/push-tiny.ts';
import { aTinyVersion, TINY_LABELS, type TinyVersion } from '../helpers/tiny-version.ts';

let azurite: RunningAzurite;
beforeAll(async () => {
  azurite = await startAzurite();
}, 60_000);
afterAll(() => azurite.stop());

/** Azurite, its containers empty. */
async function emptyAzurite(): Promise<Storage> {
  const storage = openStorage({ MODEL_STORAGE: azurite.connectionString });
  await storage.ensureContainers();
  for (const container of ['trained', 'models', 'registry'] as const) {
    for await (const { path, etag } of storage.listBlobs(container))
      await storage.remove(container, path, etag);
  }
  return storage;
}

const AT = '2026-11-25T08:00:00.000Z';
const VERSIONS = [1, 2, 3, 4, 5].map((i) => `20261125T0${i}0000Z-0000000${i}`);

function aRecord(version: string): VersionRecord {
  const precision = 'float32';
  return { schemaVersion: 1, version, state: 'blessed', precision, registeredAt: AT, gates: [] };
}

/** These versions have no files: what is tested is the pointer. */
const load = async () => ({ retire: async () => {} }) as unknown as ServableModel;

/** Throws unless each move of a kind begins where the one before it ended, and times go up. */
function checkChain(history: readonly Move[]): void {
  for (const isOfKind of [
    ({ action }: Move) => action !== 'canary' && action !== 'shadow',
    ({ action }: Move) => action === 'canary',
  ]) {
    const moves = history.filter(isOfKind);
    const ends = [null, ...moves.map(({ version }) => version)];
    expect(moves.map(({ from }) => from)).toEqual(ends.slice(0, moves.length));
  }
  const times = history.map(({ at }) => at);
  expect(times).toEqual([...new Set(times)].sort());
}

// Field case 77.
describe.each([
  ['in memory', async () => memoryStorage().storage],
  ['on Azurite', emptyAzurite],
])('fifty promotions of five versions at once, %s', (_, open) => {
  it('leave one history without a gap, and a reader always sees exactly one in production', async () => {
    const storage = await open();
    for (const version of VERSIONS) await writeRecord(storage, aRecord(version));
    const first = { version: VERSIONS[0]!, precision: 'float32' } as const;
    await promoteIfNewer(storage, first, { at: AT, by: 'register', reason: 'first' });

    let over = false;
    const seen: string[] = [];
    const reader = (async () => {
      while (!over) {
        const found = await findPointer(storage);
        seen.push(found?.pointer.version ?? 'none');
        expect(found!.pointer.history.at(-1)!.version).toBe(found!.pointer.version);
      }
    })();
    const outcomes = await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const by = `person ${i}`;
        return { by, ...(await promote(storage, VERSIONS[i % 5]!, { by, reason: 'a test', load })) };
      }),
    );
    over = true;
    await reader;

    expect(seen.filter((version) => !VERSIONS.includes(version))).toEqual([]);
    const { pointer } = (await findPointer(storage))!;
    checkChain(pointer.history);
    expect(pointer.history.at(-1)!.version).toBe(pointer.version);
    // A line for each success, and none for who found production where they wanted it.
    const moved = outcomes.filter(({ moved }) => moved).map(({ by }) => by);
    expect(moved.length).toBeGreaterThanOrEqual(5 - 1);
    expect(
      pointer.history
        .slice(1)
        .map(({ by }) => by)
        .sort(),
    ).toEqual(moved.sort());
  });
});

test('of hundreds of moves of all kinds none is lost, those that left the pointer included', async () => {
  const { storage } = memoryStorage();
  for (const version of VERSIONS) await writeRecord(storage, aRecord(version));
  const first = { version: VERSIONS[0]!, precision: 'float32' } as const;
  await promoteIfNewer(storage, first, { at: AT, by: 'register', reason: 'first' });
  const counts = { moved: 1, refused: 0 };
  const attempt = async (i: number) => {
    const version = VERSIONS[(i * 7) % 5]!;
    const person = { by: `person ${i}`, reason: 'a test', load };
    const move = {
      0: () => promote(storage, version, person),
      1: () => setCanary(storage, { version, share: 0.5 }, person),
      2: () => rollback(storage, person),
    }[i % 3]!;
    await move().then(
      ({ moved }) => {
        counts.moved += Number(moved);
      },
      (error) => {
        // The canary is in production, or somebody else rolled back.
        expect(error).toBeInstanceOf(ConflictError);
        counts.refused++;
      },
    );
  };
  for (let i = 0; i < 480; i += 6) await Promise.all(Array.from({ length: 6 }, (_, k) => attempt(i + k)));
  const { pointer } = (await findPointer(storage))!;
  const history = await readWholeHistory(storage, pointer);
  expect(pointer.history).toHaveLength(200);
  expect(history.length).toBeGreaterThan(250);
  checkChain(history);
  // A canary that got into production ended with a line of its own.
  const byItself = history.filter(
    ({ action, reason }) => action === 'canary' && / is in production$/.test(reason),
  );
  expect(history.length - byItself.length).toBe(counts.moved);
});

describe('with real models on Azurite', () => {
  let storage: Storage;
  const versions: string[] = [];
  let oldest: TinyVersion;
  const person = { by: 'ada', reason: 'a test' };

  beforeEach(async () => {
    storage = await emptyAzurite();
    versions.length = 0;
    for (const i of [1, 2, 3]) {
      const tiny = await aFloat32Version({ seed: i, createdAt: `2026-11-25T1${i}:00:00.000Z` });
      if (i === 1) oldest = tiny;
      versions.push(await pushTiny(storage, tiny));
      await convertVersion(storage, versions.at(-1)!);
      await registerVersion(storage, versions.at(-1)!, { by: 'register' });
    }
  });
  const pointerAt = async () => (await findPointer(storage))!;

  async function flipByte(path: string): Promise<void> {
    const { bytes, etag } = await storage.read('models', path);
    bytes[bytes.length >> 1]! ^= 0x10;
    await storage.replace('models', path, bytes, etag);
  }

  // Field case 73.
  it('a promotion of a version that was damaged, deleted or never there leaves the pointer as it is', async () => {
    const [damaged, deleted, newest] = versions as [string, string, string];
    await flipByte(`${damaged}/${FILE.float32}`);
    for await (const { path, etag } of storage.listBlobs('models', `${deleted}/`)) {
      await storage.remove('models', path, etag);
    }
    const { etag } = await pointerAt();
    const damage = promote(storage, damaged, person);
    await expect(damage).rejects.toThrow(ConflictError);
    await expect(damage).rejects.toThrow('model.onnx is damaged');
    await expect(promote(storage, deleted, person)).rejects.toThrow(NotFoundError);
    await expect(promote(storage, '20200101T000000Z-00000000', person)).rejects.toThrow(NotFoundError);
    await expect(rollback(storage, person)).rejects.toThrow('No version served before');
    expect(await pointerAt()).toMatchObject({ etag, pointer: { version: newest } });
  });

  it('a promotion and a rollback load the model and move the pointer', async () => {
    const [first, second, third] = versions as [string, string, string];
    let loads = 0;
    const counting: typeof loadServableModel = async (...args) => {
      loads++;
      return loadServableModel(...args);
    };
    await promote(storage, first, { ...person, load: counting });
    expect(await pointerAt()).toMatchObject({ pointer: { version: first, previous: third } });
    await rollback(storage, { ...person, load: counting });
    expect(await pointerAt()).toMatchObject({ pointer: { version: third, previous: second } });
    expect(loads).toBe(2);
    // An event that comes again brings back neither.
    await expect(registerVersion(storage, first, { by: 'register' })).resolves.toMatchObject({
      outcome: 'older',
    });
  });

  it('a version with other labels is rejected by the gates, and a person can promote it all the same', async () => {
    const labels = TINY_LABELS.map((label, i) => (i === 0 ? { ...label, species: 'other' as const } : label));
    const ranks = { float32: [1, 1, 1, 1, 1, 1, 1, 1, 1, 2], int8: [1, 1, 1, 1, 1, 1, 1, 2, 2, 2] };
    const evaluation = anEvaluation({ labels, ranks });
    const tiny = await aTinyVersion({
      seed: 5,
      createdAt: '2026-11-25T15:00:00.000Z',
      evaluation,
      changes: { labels, metrics: metricsOf(evaluation, labels) },
    });
    const version = await pushTiny(storage, tiny);
    await convertVersion(storage, version);
    await expect(registerVersion(storage, version, { by: 'register' })).resolves.toMatchObject({
      outcome: 'rejected',
    });
    await expect(setCanary(storage, { version, share: 0.1 }, person)).rejects.toThrow('by the gate "labels"');
    await promote(storage, version, person);
    expect(await pointerAt()).toMatchObject({
      pointer: { version, precision: 'float32', previous: versions[2] },
    });
    const record = await findRecord(storage, version);
    expect(record).toMatchObject({ state: 'blessed', override: { by: 'ada', reason: 'a test' } });
    // What was decided by hand isn't judged again.
    await registerVersion(storage, version, { by: 'register' });
    expect(await findRecord(storage, version)).toEqual(record);
  });

  // Field case 72.
  it('a version whose files are still arriving is invisible until its manifest is there', async () => {
    const tiny = await aFloat32Version({ seed: 4, createdAt: '2026-11-25T14:00:00.000Z' });
    const { version } = tiny.manifest;
    await pushTiny(storage, tiny);
    const { createOnceFromFile, createOnce } = storage;
    const seen: unknown[] = [];
    const look = async () => {
      const { production, models } = await listVersions(storage);
      seen.push(
        production === versions[2],
        models.some((model) => model.version === version),
      );
      await expect(promote(storage, version, person)).rejects.toThrow(NotFoundError);
      await expect(registerVersion(storage, version, { by: 'register' })).resolves.toBe('gone');
    };
    // Before each file that the conversion writes into models.
    storage.createOnce = async (container, path, bytes) => {
      if (container === 'models') await look();
      return createOnce.call(storage, container, path, bytes);
    };
    storage.createOnceFromFile = async (container, path, file) => {
      if (container === 'models') await look();
      return createOnceFromFile.call(storage, container, path, file);
    };
    await convertVersion(storage, version);
    expect(seen.length).toBeGreaterThanOrEqual(2 * 6);
    expect(new Set(seen.filter((_, i) => i % 2 === 0))).toEqual(new Set([true]));
    expect(new Set(seen.filter((_, i) => i % 2 === 1))).toEqual(new Set([false]));
    await expect(registerVersion(storage, version, { by: 'register' })).resolves.toMatchObject({
      outcome: 'promoted',
    });
  });

  it('a record that is cut off blocks nothing, and is mended by registering the version again', async () => {
    const [first, second, third] = versions as [string, string, string];
    const path = recordPath(second);
    const { bytes, etag } = await storage.read('registry', path);
    await storage.replace('registry', path, bytes.subarray(0, 100), etag);
    expect((await listVersions(storage)).models.find(({ version }) => version === second)).toMatchObject({
      state: 'damaged',
      top1: expect.any(Number),
    });
    await expect(promote(storage, second, person)).rejects.toThrow(`Write models/${second}/manifest.json`);
    await expect(rollback(storage, person)).resolves.toMatchObject({
      pointer: { version: first },
      skipped: [{ version: second }],
    });
    await promote(storage, third, person);
    await registerVersion(storage, second, { by: 'register' });
    await expect(promote(storage, second, person)).resolves.toMatchObject({ pointer: { version: second } });
  });

  it('what a gc marked before it was killed is promoted with its files, and no late removal gets them', async () => {
    const [first] = versions as [string, string, string];
    const { remove } = storage;
    let promoted: unknown;
    // gc is about to take away the first manifest: the pointer is swapped already.
    storage.remove = async (...args) => {
      promoted ??= await promote(storage, first, person);
      return remove.apply(storage, args);
    };
    const { removed } = await removeOldVersions(storage, { keep: 1, by: 'gc' });
    expect(promoted).toMatchObject({ pointer: { version: first } });
    expect(removed).toEqual([]);
    expect(await findRecord(storage, first)).not.toHaveProperty('removed');
    await expect(promote(storage, first, person)).resolves.toMatchObject({ moved: false });
    expect(await storage.list('models', `${first}/`)).toContain(`${first}/${FILE.manifest}`);
  });

  it('what gc removed is gone from both containers, and comes back by being pushed again', async () => {
    const [first, second] = versions as [string, string, string];
    const { removed } = await removeOldVersions(storage, { keep: 1, by: 'ada' });
    expect(removed.map(({ version }) => version)).toEqual([first]);
    for (const container of ['trained', 'models'] as const) {
      const paths = await storage.list(container);
      expect(paths.filter((path) => path.startsWith(first))).toEqual([]);
      expect(paths).toContain(`${second}/${FILE.manifest}`);
    }
    expect(await findRecord(storage, first)).toMatchObject({ state: 'blessed', removed: { by: 'ada' } });
    await expect(rollback(storage, person)).resolves.toMatchObject({ pointer: { version: second } });
    await expect(rollback(storage, person)).rejects.toThrow('were removed');

    // Storage tells the time of a blob in whole seconds.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await pushTiny(storage, oldest);
    await convertVersion(storage, first);
    await registerVersion(storage, first, { by: 'register' });
    expect(await findRecord(storage, first)).not.toHaveProperty('removed');
    await expect(rollback(storage, person)).resolves.toMatchObject({ pointer: { version: first } });
  });
});
