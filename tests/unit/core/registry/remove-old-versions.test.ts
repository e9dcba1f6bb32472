import { BadRequestError, ConflictError } from '../../../../core/errors.ts';
import { setCanary, setShadow } from '../../../../core/registry/candidates.ts';
import { promote } from '../../../../core/registry/promote.ts';
import { findPointer, findRecord, promoteIfNewer } from '../../../../core/registry/registry.ts';
import { removeOldVersions } from '../../../../core/registry/remove-old-versions.ts';
import { findRecordToRegister } from '../../../../core/registry/reopen.ts';
import { rollback } from '../../../../core/registry/rollback.ts';
import { AT, aRegistry, version } from './worlds.ts';

const [A, B, C, D, E] = ['A', 'B', 'C', 'D', 'E'].map(version) as [string, string, string, string, string];

/** Versions `A` to `E`, each with files in both containers; A, then B serve. */
async function aWorld() {
  const world = aRegistry();
  await world.serve('A', 'B');
  for (const letter of ['C', 'D', 'E']) await world.register(letter);
  for (const name of [A, B, C, D, E]) await push(world, name);
  return world;
}

async function push({ storage }: ReturnType<typeof aRegistry>, name: string): Promise<void> {
  for (const container of ['trained', 'models'] as const) {
    for (const file of ['model.onnx', 'golden.bin', 'manifest.json']) {
      await storage.createOnce(container, `${name}/${file}`, Buffer.from(`${name} ${file}`));
    }
  }
}

const filesOf = ({ blobs }: ReturnType<typeof aRegistry>, name: string) =>
  [...blobs.keys()].filter((path) => path.includes(`${name}/`));
const versionsIn = (entries: readonly { version: string }[]) => entries.map((entry) => entry.version);

test('removes the files of old versions and marks their records; those in use stay', async () => {
  const world = await aWorld();
  await setCanary(world.storage, { version: C, share: 0.1 }, world.person);
  const { removed, kept } = await removeOldVersions(world.storage, { keep: 1, by: 'ada' });
  expect(removed).toEqual([{ version: D, files: 6, bytes: expect.any(Number) }]);
  expect(kept).toEqual([
    { version: A, why: 'what a rollback returns to' },
    { version: B, why: 'in production' },
    { version: C, why: 'the canary' },
    { version: E, why: 'among the newest 1' },
  ]);
  expect(filesOf(world, D)).toEqual([]);
  for (const name of [A, B, C, E]) expect(filesOf(world, name)).toHaveLength(6);
  expect(await findRecord(world.storage, D)).toMatchObject({
    state: 'blessed',
    removed: { by: 'ada', reason: 'not among the newest 1' },
  });
});

test('the shadow and what production was rolled back from stay too', async () => {
  const world = await aWorld();
  await promote(world.storage, C, world.person);
  await rollback(world.storage, world.person);
  await setShadow(world.storage, D, world.person);
  const { removed, kept } = await removeOldVersions(world.storage, { keep: 1, by: 'ada' });
  expect(removed).toEqual([]);
  expect(kept).toContainEqual({ version: C, why: 'what production came from' });
  expect(kept).toContainEqual({ version: D, why: 'the shadow' });
});

test('a dry run only says so', async () => {
  const world = await aWorld();
  const before = new Map([...world.blobs].map(([name, { etag }]) => [name, etag]));
  const { removed } = await removeOldVersions(world.storage, { keep: 2, by: 'ada', dryRun: true });
  expect(versionsIn(removed)).toEqual([C]);
  expect(new Map([...world.blobs].map(([name, { etag }]) => [name, etag]))).toEqual(before);
});

test('a removed version can be neither promoted nor brought back by a late event', async () => {
  const world = await aWorld();
  await removeOldVersions(world.storage, { keep: 1, by: 'ada' });
  await expect(promote(world.storage, C, world.person)).rejects.toThrow('were removed');
  const move = { at: AT, by: 'register', reason: 'newest' };
  const target = { version: D, precision: 'int8' } as const;
  await expect(promoteIfNewer(world.storage, target, move)).resolves.toBe('removed');
});

test('the manifests go first, and what is cut off after them is ended by the next call', async () => {
  const world = await aWorld();
  const removals: string[] = [];
  world.memory.before = (call, name) => {
    if (call !== 'remove') return;
    if (removals.length === 3) throw new Error('killed');
    removals.push(name);
  };
  await expect(removeOldVersions(world.storage, { keep: 2, by: 'ada' })).rejects.toThrow('killed');
  expect(removals.slice(0, 2)).toEqual([`trained/${C}/manifest.json`, `models/${C}/manifest.json`]);
  world.memory.before = () => {};
  const { removed } = await removeOldVersions(world.storage, { keep: 2, by: 'ada' });
  expect(removed).toMatchObject([{ version: C, files: 3 }]);
  expect(filesOf(world, C)).toEqual([]);
});

test('a version that is not registered, or was pushed again after its removal, is left alone', async () => {
  const world = await aWorld();
  await removeOldVersions(world.storage, { keep: 2, by: 'ada', now: () => new Date(Date.now() - 60_000) });
  await push(world, C);
  const unknown = '20200101T000000Z-00000000';
  await push(world, unknown);
  const { removed, kept } = await removeOldVersions(world.storage, { keep: 2, by: 'ada' });
  expect(removed).toEqual([]);
  expect(kept).toContainEqual({ version: C, why: 'pushed again' });
  expect(kept).toContainEqual({ version: unknown, why: 'not registered' });
});

test('a version that was pushed again after its removal is judged anew, one that is being removed is not', async () => {
  const world = await aWorld();
  await removeOldVersions(world.storage, { keep: 2, by: 'ada', now: () => new Date(Date.now() - 60_000) });
  await expect(findRecordToRegister(world.storage, C)).resolves.toMatchObject({ removed: { by: 'ada' } });
  await push(world, C);
  const reopened = await findRecordToRegister(world.storage, C);
  expect(reopened).toMatchObject({ state: 'failed', precision: null });
  expect(reopened).not.toHaveProperty('removed');
  expect(await findRecord(world.storage, C)).toEqual(reopened);

  await world.register('D', {
    removed: { at: new Date(Date.now() + 60_000).toISOString(), by: 'ada', reason: 'old' },
  });
  await expect(findRecordToRegister(world.storage, D)).resolves.toMatchObject({ removed: { by: 'ada' } });
});

test('a receipt of the finished work is taken away with the files', async () => {
  const world = await aWorld();
  await world.storage.createOnce('registry', `receipts/convert/${C}.json`, Buffer.from('{}'));
  await removeOldVersions(world.storage, { keep: 2, by: 'ada' });
  expect([...world.blobs.keys()].filter((name) => name.includes('receipts'))).toEqual([]);
});

test('promoted while it was about to be removed: the version is kept, with its files and without a mark', async () => {
  const world = await aWorld();
  let raced = false;
  world.memory.before = async (call, name) => {
    if (call !== 'replace' || name !== `registry/versions/${C}.json` || raced) return;
    raced = true;
    // Promote has read the record before it is marked, and swaps before gc does.
    await promote(world.storage, C, world.person);
  };
  const { removed } = await removeOldVersions(world.storage, { keep: 1, by: 'ada' });
  // A isn't what production came from any more.
  expect(versionsIn(removed)).toEqual([A, D]);
  expect((await findPointer(world.storage))!.pointer.version).toBe(C);
  expect(filesOf(world, C)).toHaveLength(6);
  expect((await findRecord(world.storage, C))!.removed).toBeUndefined();
});

test('removed while it was about to be promoted: the promotion is refused', async () => {
  const world = await aWorld();
  const load: typeof world.load = async (storage, target) => {
    world.memory.before = () => {};
    await removeOldVersions(world.storage, { keep: 1, by: 'gc' });
    return world.load(storage, target);
  };
  await expect(promote(world.storage, C, { ...world.person, load })).rejects.toThrow('were removed');
  expect((await findPointer(world.storage))!.pointer.version).toBe(B);
});

test.each([0, 1.5, Number.NaN])('to keep %d is refused', async (keep) => {
  const world = await aWorld();
  await expect(removeOldVersions(world.storage, { keep, by: 'ada' })).rejects.toThrow(BadRequestError);
});

test('with nothing in production nothing is removed', async () => {
  const world = aRegistry();
  await push(world, A);
  await expect(removeOldVersions(world.storage, { keep: 1, by: 'ada' })).rejects.toThrow(ConflictError);
  expect(filesOf(world, A)).toHaveLength(6);
});
