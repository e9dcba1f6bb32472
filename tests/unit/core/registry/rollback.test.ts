import { BadRequestError, ConflictError, UnavailableError } from '../../../../core/errors.ts';
import { promote } from '../../../../core/registry/promote.ts';
import { findPointer } from '../../../../core/registry/registry.ts';
import { rollback } from '../../../../core/registry/rollback.ts';
import { AT, aRegistry, version } from './worlds.ts';

const [A, B, C] = ['A', 'B', 'C'].map(version) as [string, string, string];

test('one call returns to what served before, and the next one goes further back', async () => {
  const world = aRegistry();
  await world.serve('A', 'B', 'C');
  await expect(rollback(world.storage, world.person)).resolves.toMatchObject({
    pointer: { version: B, previous: A },
    skipped: [],
  });
  await expect(rollback(world.storage, world.person)).resolves.toMatchObject({
    pointer: { version: A, previous: null },
  });
  const etag = world.pointerEtag();
  await expect(rollback(world.storage, world.person)).rejects.toThrow('No version served before');
  expect(world.pointerEtag()).toBe(etag);
  const { history } = (await findPointer(world.storage))!.pointer;
  expect(history.slice(-2)).toMatchObject([
    { action: 'rollback', version: B, from: C, by: 'ada', reason: 'a reason' },
    { action: 'rollback', version: A, from: B },
  ]);
});

test('passes over what cannot serve, and says why', async () => {
  const world = aRegistry();
  await world.serve('A', 'B', 'C', 'D');
  world.broken.set(C, 'damaged');
  await world.register('B', { removed: { at: AT, by: 'ada', reason: 'old' } });
  const { pointer, skipped } = await rollback(world.storage, world.person);
  expect(pointer).toMatchObject({ version: A, previous: null });
  expect(skipped).toEqual([
    { version: C, why: expect.stringContaining('model.onnx is damaged') },
    { version: B, why: expect.stringContaining('were removed') },
  ]);
});

test('with nothing that could serve, the pointer stays and every reason is told', async () => {
  const world = aRegistry();
  await world.serve('A', 'B');
  world.broken.set(A, 'gone');
  const etag = world.pointerEtag();
  await expect(rollback(world.storage, world.person)).rejects.toThrow(/No version served before .*are gone/s);
  expect(world.pointerEtag()).toBe(etag);
});

test('does not go back too far because storage was out of reach', async () => {
  const world = aRegistry();
  await world.serve('A', 'B', 'C');
  const load: typeof world.load = async (storage, target) => {
    if (target.version === B) throw new UnavailableError('no answer');
    return world.load(storage, target);
  };
  await expect(rollback(world.storage, { ...world.person, load })).rejects.toThrow(UnavailableError);
  expect((await findPointer(world.storage))!.pointer.version).toBe(C);
});

test('an empty registry and an empty reason are refused', async () => {
  const world = aRegistry();
  await expect(rollback(world.storage, world.person)).rejects.toThrow(ConflictError);
  await expect(rollback(world.storage, { ...world.person, reason: '' })).rejects.toThrow(BadRequestError);
});

test('of two people who roll back at once one does, and the other is told so', async () => {
  const world = aRegistry();
  await world.serve('A', 'B', 'C');
  const outcomes = await Promise.allSettled([
    rollback(world.storage, { ...world.person, by: 'ada' }),
    rollback(world.storage, { ...world.person, by: 'grace' }),
  ]);
  expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  const refused = outcomes.find((outcome) => outcome.status === 'rejected')!;
  expect(refused.reason.message).toMatch(`Production was moved from ${C} to ${B} meanwhile`);
  expect((await findPointer(world.storage))!.pointer.version).toBe(B);
});

test('an answer of storage that was lost does not roll back twice', async () => {
  const world = aRegistry();
  await world.serve('A', 'B', 'C');
  const { replace } = world.storage;
  let isFirst = true;
  world.storage.replace = async (container, ...rest) => {
    const written = await replace.call(world.storage, container, ...rest);
    // Written, but what the SDK's second try hears is that the ETag has changed.
    if (isFirst) {
      isFirst = false;
      return false;
    }
    return written;
  };
  await expect(rollback(world.storage, world.person)).resolves.toMatchObject({ moved: true });
  expect((await findPointer(world.storage))!.pointer.version).toBe(B);
});

test('finds what served before among moves that have left the pointer', async () => {
  const world = aRegistry();
  await world.serve('A');
  await world.register('B');
  await world.register('C');
  for (let i = 0; i < 101; i++) {
    await promote(world.storage, B, world.person);
    await promote(world.storage, C, world.person);
  }
  const { history } = (await findPointer(world.storage))!.pointer;
  expect(history).toHaveLength(200);
  expect(history.some((move) => move.version === A)).toBe(false);
  // 203 moves were made; the three that left the pointer are whole.
  const older = [...world.blobs.keys()].filter((name) => name.startsWith('registry/history/'));
  expect(older).toHaveLength(3);
  world.broken.set(B, 'damaged');
  await expect(rollback(world.storage, world.person)).resolves.toMatchObject({ pointer: { version: A } });
});
