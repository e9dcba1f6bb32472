import { ConflictError, NotFoundError, UnavailableError } from '../../../../core/errors.ts';
import { promote } from '../../../../core/registry/promote.ts';
import { findPointer, findRecord, promoteIfNewer } from '../../../../core/registry/registry.ts';
import { AT, aGate, aRegistry, version } from './worlds.ts';

const [A, B, C] = ['A', 'B', 'C'].map(version) as [string, string, string];
const REMOVED = { at: AT, by: 'ada', reason: 'old' };

test('moves to an older version too, once it has been loaded, with who and why', async () => {
  const world = aRegistry();
  await world.serve('A', 'B');
  await expect(promote(world.storage, A, world.person)).resolves.toMatchObject({ moved: true });
  const { pointer } = (await findPointer(world.storage))!;
  expect(pointer).toMatchObject({ version: A, precision: 'int8', previous: B });
  expect(pointer.history.at(-1)).toMatchObject({
    action: 'promote',
    version: A,
    from: B,
    by: 'ada',
    reason: 'a reason',
  });
  expect([world.loads, world.retired]).toEqual([[A], [A]]);
});

test('is the way to a first version as well', async () => {
  const world = aRegistry();
  await world.register('A');
  await promote(world.storage, A, world.person);
  expect((await findPointer(world.storage))!.pointer).toMatchObject({ version: A, previous: null });
});

test('of the version in production changes nothing', async () => {
  const world = aRegistry();
  await world.serve('A');
  const etag = world.pointerEtag();
  await expect(promote(world.storage, A, world.person)).resolves.toMatchObject({ moved: false });
  expect(world.pointerEtag()).toBe(etag);
});

// Field case 73.
describe('is refused, and the pointer stays, for a version that is', () => {
  const failing = { gates: [aGate('hashes'), aGate('floors', { passed: false })] };
  const failingTwo = { gates: [aGate('labels', { passed: false }), aGate('floors', { passed: false })] };
  it.each([
    ['unknown', undefined, NotFoundError, 'is not registered'],
    ['rejected', { state: 'rejected', precision: null, ...failing }, ConflictError, 'by the gate "floors"'],
    [
      'rejected for more than its labels',
      { state: 'rejected', precision: null, ...failingTwo },
      ConflictError,
      '"labels", "floors"',
    ],
    [
      'rejected without a gate',
      { state: 'rejected', precision: null, gates: [] },
      ConflictError,
      'is rejected',
    ],
    ['failed', { state: 'failed', precision: null, gates: [] }, ConflictError, 'is failed'],
    ['removed', { removed: REMOVED }, NotFoundError, 'Push it again'],
  ] as const)('%s', async (_, record, error, message) => {
    const world = aRegistry();
    await world.serve('A');
    if (record !== undefined) await world.register('B', record as never);
    const etag = world.pointerEtag();
    const promotion = promote(world.storage, B, world.person);
    await expect(promotion).rejects.toThrow(error);
    await expect(promotion).rejects.toThrow(message);
    expect(world.pointerEtag()).toBe(etag);
    expect(world.loads).toEqual([]);
  });

  it.each([
    ['damaged', ConflictError, 'model.onnx is damaged'],
    ['gone', NotFoundError, 'are gone'],
  ] as const)('blessed, but %s', async (fault, error, message) => {
    const world = aRegistry();
    await world.serve('A');
    await world.register('B');
    world.broken.set(B, fault);
    const etag = world.pointerEtag();
    const promotion = promote(world.storage, B, world.person);
    await expect(promotion).rejects.toThrow(error);
    await expect(promotion).rejects.toThrow(message);
    expect(world.pointerEtag()).toBe(etag);
  });
});

test('blesses a version that was rejected for its label set alone, and says who did', async () => {
  const world = aRegistry();
  await world.serve('A');
  const gates = [aGate('hashes'), aGate('labels', { passed: false })];
  await world.register('B', { state: 'rejected', precision: null, gates });
  await promote(world.storage, B, world.person);
  expect((await findPointer(world.storage))!.pointer).toMatchObject({ version: B, precision: 'int8' });
  expect(await findRecord(world.storage, B)).toMatchObject({
    state: 'blessed',
    gates,
    override: { by: 'ada', reason: 'a reason' },
  });
});

test('does not bless a version that cannot be loaded', async () => {
  const world = aRegistry();
  await world.serve('A');
  await world.register('B', {
    state: 'rejected',
    precision: null,
    gates: [aGate('labels', { passed: false })],
  });
  world.broken.set(B, 'damaged');
  await expect(promote(world.storage, B, world.person)).rejects.toThrow(ConflictError);
  expect(await findRecord(world.storage, B)).toMatchObject({ state: 'rejected' });
});

test('decides again on all that is there when somebody else was faster', async () => {
  const world = aRegistry();
  await world.serve('A');
  await world.register('B');
  let races = 0;
  world.memory.before = async (call, name) => {
    if (call !== 'replace' || name !== 'registry/production.json' || races++ > 0) return;
    // C serves in the meantime, and B is removed: at the second look B mustn't serve any more.
    world.memory.before = () => {};
    await world.serve('C');
    await world.register('B', { removed: REMOVED });
  };
  await expect(promote(world.storage, B, world.person)).rejects.toThrow(NotFoundError);
  expect((await findPointer(world.storage))!.pointer.version).toBe(C);
});

test('storage out of reach is said as such, and the pointer stays', async () => {
  const world = aRegistry();
  await world.serve('A');
  await world.register('B');
  const load = async () => {
    throw new UnavailableError('no answer');
  };
  await expect(promote(world.storage, B, { ...world.person, load })).rejects.toThrow(UnavailableError);
  expect((await findPointer(world.storage))!.pointer.version).toBe(A);
});

test('an event that comes late brings back neither an older version nor one that was left or removed', async () => {
  const world = aRegistry();
  await world.serve('A', 'C');
  await promote(world.storage, A, world.person);
  await world.register('B', { removed: REMOVED });
  const move = { at: AT, by: 'register', reason: 'newest' };
  const again = (name: string) => promoteIfNewer(world.storage, { version: name, precision: 'int8' }, move);
  await expect(again(C)).resolves.toBe('served before');
  await expect(again(B)).resolves.toBe('removed');
  expect((await findPointer(world.storage))!.pointer.version).toBe(A);
});
