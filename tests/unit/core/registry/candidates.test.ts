import { BadRequestError, ConflictError, NotFoundError } from '../../../../core/errors.ts';
import { setCanary, setShadow } from '../../../../core/registry/candidates.ts';
import { findPointer } from '../../../../core/registry/registry.ts';
import { aRegistry, version } from './worlds.ts';

const [A, B, C] = ['A', 'B', 'C'].map(version) as [string, string, string];

async function aWorld() {
  const world = aRegistry();
  await world.serve('A');
  await world.register('B');
  await world.register('C');
  return world;
}

test('a canary is set, changed and ended, each time on record with what was before', async () => {
  const world = await aWorld();
  const set = (canary: Parameters<typeof setCanary>[1]) => setCanary(world.storage, canary, world.person);
  await set({ version: B, share: 0.1 });
  await set({ version: B, share: 0.5 });
  await set({ version: C, share: 0.5 });
  await expect(set({ share: 0.5, version: C })).resolves.toMatchObject({ moved: false });
  await set(null);
  await expect(set(null)).resolves.toMatchObject({ moved: false });
  const { pointer } = (await findPointer(world.storage))!;
  expect(pointer).toMatchObject({ version: A, canary: null });
  const moves = pointer.history.filter(({ action }) => action === 'canary');
  expect(moves).toMatchObject([
    { version: B, from: null, share: 0.1, by: 'ada', reason: 'a reason' },
    { version: B, from: B, share: 0.5 },
    { version: C, from: B, share: 0.5 },
    { version: null, from: C, share: 0 },
  ]);
  expect(world.loads).toEqual([B, B, C, C]);
});

test('a shadow is set and ended likewise', async () => {
  const world = await aWorld();
  await setShadow(world.storage, B, world.person);
  await expect(setShadow(world.storage, B, world.person)).resolves.toMatchObject({ moved: false });
  expect((await findPointer(world.storage))!.pointer.shadow).toBe(B);
  await setShadow(world.storage, null, world.person);
  const { pointer } = (await findPointer(world.storage))!;
  expect(pointer.shadow).toBeNull();
  expect(pointer.history.slice(1)).toMatchObject([
    { action: 'shadow', version: B, from: null },
    { action: 'shadow', version: null, from: B },
  ]);
});

test.each([
  ['unknown', version('Z'), NotFoundError],
  ['rejected', version('R'), ConflictError],
  ['damaged', C, ConflictError],
  ['in production', A, ConflictError],
  ['no version', '../x', BadRequestError],
])('neither is one that is %s, and the pointer stays', async (_, name, error) => {
  const world = await aWorld();
  await world.register('R', { state: 'rejected', precision: null });
  world.broken.set(C, 'damaged');
  const etag = world.pointerEtag();
  const canary = setCanary(world.storage, { version: name, share: 0.1 }, world.person);
  await expect(canary).rejects.toThrow(error);
  await expect(setShadow(world.storage, name, world.person)).rejects.toThrow(error);
  expect(world.pointerEtag()).toBe(etag);
});

test.each([0, -0.1, 1.1, Number.NaN])('a share of %d is refused', async (share) => {
  const world = await aWorld();
  const set = setCanary(world.storage, { version: B, share }, world.person);
  await expect(set).rejects.toThrow('above 0 and at most 1');
});

test('with nothing in production there is neither', async () => {
  const world = aRegistry();
  await world.register('B');
  await expect(setShadow(world.storage, B, world.person)).rejects.toThrow('Nothing is in production');
});
