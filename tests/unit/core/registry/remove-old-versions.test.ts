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
  expect(removals.slice(0, 2)).toEqual([`models/${C}/manifest.json`, `trained/${C}/manifest.json`]);
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

test('a version that was pushed again after its removal is judged anew', async () => {
  const world = await aWorld();
  await removeOldVersions(world.storage, { keep: 2, by: 'ada', now: () => new Date(Date.now() - 60_000) });
  await expect(findRecordToRegister(world.storage, C)).resolves.toMatchObject({ removed: { by: 'ada' } });
  await push(world, C);
  const reopened = await findRecordToRegister(world.storage, C);
  expect(reopened).toMatchObject({ state: 'failed', precision: null });
  expect(reopened).not.toHaveProperty('removed');
  expect(await findRecord(world.storage, C)).toEqual(reopened);
});

describe('marked, but none of its files was removed yet', () => {
  /** The mark of a gc that was killed after it. */
  const cutOff = () => ({ at: new Date(Date.now() + 60_000).toISOString(), by: 'gc', reason: 'old' });
  const isMarked = async (world: ReturnType<typeof aRegistry>, name: string) =>
    (await findRecord(world.storage, name))!.removed !== undefined;

  it('it is registered as if it had no mark, and is judged no worse than before', async () => {
    const world = await aWorld();
    await world.register('D', { removed: cutOff() });
    const found = await findRecordToRegister(world.storage, D);
    expect(found).toMatchObject({ state: 'blessed', precision: 'int8' });
    expect(found).not.toHaveProperty('removed');
    expect(await findRecord(world.storage, D)).toEqual(found);
  });

  it('it is promoted once it has been loaded, and loses the mark', async () => {
    const world = await aWorld();
    await world.register('C', { removed: cutOff() });
    world.broken.set(C, 'damaged');
    await expect(promote(world.storage, C, world.person)).rejects.toThrow(ConflictError);
    expect(await isMarked(world, C)).toBe(true);
    world.broken.clear();
    await expect(promote(world.storage, C, world.person)).resolves.toMatchObject({ moved: true });
    expect(await isMarked(world, C)).toBe(false);
  });

  it('in production, it loses the mark by being promoted again, and by the next gc', async () => {
    const world = await aWorld();
    await world.register('B', { removed: cutOff() });
    await expect(promote(world.storage, B, world.person)).resolves.toMatchObject({ moved: false });
    expect(await isMarked(world, B)).toBe(false);
    await world.register('B', { removed: cutOff() });
    await removeOldVersions(world.storage, { keep: 9, by: 'ada' });
    expect(await isMarked(world, B)).toBe(false);
    expect(filesOf(world, B)).toHaveLength(6);
  });

  it('a rollback returns to it, and it can be canary and shadow', async () => {
    const world = await aWorld();
    for (const letter of ['A', 'C', 'D']) await world.register(letter, { removed: cutOff() });
    await setCanary(world.storage, { version: C, share: 0.1 }, world.person);
    await setShadow(world.storage, D, world.person);
    await expect(rollback(world.storage, world.person)).resolves.toMatchObject({
      pointer: { version: A },
      skipped: [],
    });
    for (const name of [A, C, D]) expect(await isMarked(world, name)).toBe(false);
  });

  it('a version that was never converted is kept too', async () => {
    const world = await aWorld();
    for (const path of filesOf(world, C)) if (path.startsWith('models/')) world.blobs.delete(path);
    await world.register('C', { state: 'failed', precision: null, removed: cutOff() });
    const { removed } = await removeOldVersions(world.storage, { keep: 9, by: 'ada' });
    expect(removed).toEqual([]);
    expect(await isMarked(world, C)).toBe(false);
  });
});

describe('killed at any of its calls to storage', () => {
  const LETTERS = ['A', 'B', 'C', 'D', 'E', 'F', 'G'];

  /** Seven versions, F in production; gc --keep 1 dies at its call number `call`. Undefined when it ended before. */
  async function killedAt(call: number) {
    const world = aRegistry();
    await world.serve('E', 'F');
    for (const letter of ['A', 'B', 'C', 'D', 'G']) await world.register(letter);
    for (const letter of LETTERS) await push(world, version(letter));
    let calls = 0;
    world.memory.before = () => {
      if (++calls >= call) throw new Error('killed');
    };
    const wasKilled = await removeOldVersions(world.storage, { keep: 1, by: 'ada' }).then(
      () => false,
      () => true,
    );
    world.memory.before = () => {};
    return wasKilled ? world : undefined;
  }

  /** By version: whether its removal has begun. */
  const begunIn = (world: ReturnType<typeof aRegistry>) =>
    new Map(
      LETTERS.map(version).map((name) => [name, !world.blobs.has(`models/${name}/manifest.json`)] as const),
    );

  it('a gc that keeps more loses nothing that was whole, and leaves no mark on it', async () => {
    let call = 1;
    for (; ; call++) {
      const world = await killedAt(call);
      if (world === undefined) break;
      const begun = begunIn(world);
      await removeOldVersions(world.storage, { keep: 9, by: 'grace' });
      for (const [name, hasBegun] of begun) {
        const record = await findRecord(world.storage, name);
        expect([call, name, filesOf(world, name).length]).toEqual([call, name, hasBegun ? 0 : 6]);
        expect([call, name, record!.removed !== undefined]).toEqual([call, name, hasBegun]);
      }
    }
    // Four are removed, each of six files.
    expect(call).toBeGreaterThan(4 * 6);
  });

  it('a version that was marked is promoted, or its files are gone and that is said', async () => {
    for (let call = 1; ; call++) {
      const world = await killedAt(call);
      if (world === undefined) break;
      for (const [name, hasBegun] of begunIn(world)) {
        const promotion = promote(world.storage, name, world.person);
        if (hasBegun) await expect(promotion).rejects.toThrow('were removed');
        else {
          await expect(promotion).resolves.toMatchObject({ pointer: { version: name } });
          expect((await findRecord(world.storage, name))!.removed).toBeUndefined();
          expect(filesOf(world, name)).toHaveLength(6);
        }
      }
    }
  });

  it('the same gc again ends it', async () => {
    for (let call = 1; ; call++) {
      const world = await killedAt(call);
      if (world === undefined) break;
      await removeOldVersions(world.storage, { keep: 1, by: 'ada' });
      for (const letter of ['A', 'B', 'C', 'D']) expect(filesOf(world, version(letter))).toEqual([]);
      for (const letter of ['E', 'F', 'G']) expect(filesOf(world, version(letter))).toHaveLength(6);
    }
  });
});

test('promoted at any call of gc: production has its files and no mark, or the promotion is refused', async () => {
  const outcomes = new Set<string>();
  for (let at = 1; ; at++) {
    const world = await aWorld();
    let calls = 0;
    let outcome: string | undefined;
    world.memory.before = async () => {
      if (++calls !== at) return;
      world.memory.before = () => {};
      outcome = await promote(world.storage, C, world.person).then(
        () => 'promoted',
        (error: Error) => error.message,
      );
    };
    await removeOldVersions(world.storage, { keep: 1, by: 'gc' });
    if (outcome === undefined) break;
    outcomes.add(outcome === 'promoted' ? outcome : 'refused');
    const { pointer } = (await findPointer(world.storage))!;
    const { removed } = (await findRecord(world.storage, C))!;
    if (outcome === 'promoted') {
      expect([at, pointer.version, filesOf(world, C).length]).toEqual([at, C, 6]);
      expect([at, removed]).toEqual([at, undefined]);
    } else {
      expect(outcome).toMatch('were removed');
      expect([at, pointer.version, filesOf(world, C).length]).toEqual([at, B, 0]);
    }
  }
  expect(outcomes).toEqual(new Set(['promoted', 'refused']));
});

test('a gc that keeps more at any call of a gc: each version is whole without a mark, or gone with one', async () => {
  for (let at = 1; ; at++) {
    const world = await aWorld();
    let calls = 0;
    let hasRun = false;
    world.memory.before = async () => {
      if (++calls !== at) return;
      hasRun = true;
      world.memory.before = () => {};
      await removeOldVersions(world.storage, { keep: 9, by: 'grace' });
    };
    await removeOldVersions(world.storage, { keep: 1, by: 'ada' });
    if (!hasRun) break;
    for (const name of [A, B, C, D, E]) {
      const isMarked = (await findRecord(world.storage, name))!.removed !== undefined;
      expect([at, name, filesOf(world, name).length]).toEqual([at, name, isMarked ? 0 : 6]);
    }
  }
});

test('gc at any call of a promotion: production has its files and no mark, or the promotion is refused', async () => {
  for (const isMarked of [false, true]) {
    for (let at = 1; ; at++) {
      const world = await aWorld();
      const removed = { at: new Date(Date.now() + 1).toISOString(), by: 'gc', reason: 'cut off' };
      if (isMarked) await world.register('C', { removed });
      let calls = 0;
      let hasRun = false;
      world.memory.before = async () => {
        if (++calls !== at) return;
        hasRun = true;
        world.memory.before = () => {};
        await removeOldVersions(world.storage, { keep: 1, by: 'grace' });
      };
      const outcome = await promote(world.storage, C, world.person).then(
        () => 'promoted',
        (error: Error) => error.message,
      );
      if (!hasRun) break;
      const { pointer } = (await findPointer(world.storage))!;
      const record = (await findRecord(world.storage, C))!;
      if (outcome === 'promoted') {
        expect([at, pointer.version, filesOf(world, C).length]).toEqual([at, C, 6]);
        expect([at, record.removed]).toEqual([at, undefined]);
      } else {
        expect(outcome).toMatch(/were removed|are gone/);
        expect([at, pointer.version]).toEqual([at, B]);
      }
    }
  }
});

test('a manifest that is written again just before its removal holds the removal up, and the mark goes', async () => {
  const world = await aWorld();
  let written = false;
  world.memory.before = async (call, name) => {
    if (call !== 'remove' || name !== `models/${C}/manifest.json` || written) return;
    written = true;
    const { bytes, etag } = (await world.storage.find('models', `${C}/manifest.json`))!;
    await world.storage.replace('models', `${C}/manifest.json`, bytes, etag);
  };
  const { removed, kept } = await removeOldVersions(world.storage, { keep: 2, by: 'ada' });
  expect(removed).toEqual([]);
  expect(kept).toContainEqual({ version: C, why: expect.stringContaining('written again') });
  expect(filesOf(world, C)).toHaveLength(6);
  expect((await findRecord(world.storage, C))!.removed).toBeUndefined();
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
