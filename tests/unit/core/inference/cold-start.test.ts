/** What answers when the pointer names a version that can't be loaded, or that moves while requests come in. */
import { NotFoundError, UnavailableError } from '../../../../core/errors.ts';
import { promote } from '../../../../core/registry/promote.ts';
import { rollback } from '../../../../core/registry/rollback.ts';
import { aGate, aServing, background, version } from './worlds.ts';

const [A, B, C, D, E] = ['A', 'B', 'C', 'D', 'E'].map(version) as [string, string, string, string, string];

// Field case 73: the label is on a version that can't be loaded.
describe('an instance that starts with a pointer to a damaged version', () => {
  it('answers with what served before, says degraded, and goes over once it is mended', async () => {
    const { registry, models, world, ask } = aServing();
    await registry.serve('A', 'B');
    world.damaged.add(B);
    await expect(ask()).resolves.toBe(A);
    expect(models.production.degraded).toBe('a flipped byte');
    world.damaged.delete(B);
    world.now += 1000;
    await ask();
    await background();
    await expect(ask()).resolves.toBe(B);
    expect(models.production.degraded).toBeNull();
    expect(world.alive).toEqual([B]);
  });

  it('is 503 where nothing served before, and where that is damaged too', async () => {
    const first = aServing();
    await first.registry.serve('A');
    first.world.damaged.add(A);
    await expect(first.ask()).rejects.toThrow(UnavailableError);

    const { registry, world, ask } = aServing();
    await registry.serve('A', 'B');
    world.damaged.add(A).add(B);
    await expect(ask()).rejects.toThrow(UnavailableError);
    expect(world.log.join('\n')).toContain(`Nor can the one before ${B} be loaded, ${A}`);
  });

  it('does not load what served before when its files were removed', async () => {
    const { registry, world, ask } = aServing();
    await registry.serve('A', 'B');
    await registry.register('A', { removed: { at: new Date(0).toISOString(), by: 'ada', reason: 'old' } });
    world.damaged.add(B);
    await expect(ask()).rejects.toThrow(UnavailableError);
    expect(world.loads).toEqual([B]);
  });
});

describe('an instance that starts with a damaged version in production and another before it', () => {
  it('answers with the newest that is whole and blessed, says degraded, and goes over once it is mended', async () => {
    const { registry, models, world, ask } = aServing();
    await registry.serve('A', 'B', 'C', 'D', 'E');
    await registry.register('C', { state: 'rejected', precision: null });
    world.damaged.add(E).add(D);
    await expect(ask()).resolves.toBe(B);
    expect(models.production.degraded).toBe('a flipped byte');
    expect(world.loads).toEqual([E, D, B]);
    expect(world.log.join('\n')).toContain(`Nor can the one before ${E} be loaded, ${D}: a flipped byte`);
    expect(world.log.join('\n')).toContain(`Version ${C} is rejected`);
    world.damaged.delete(E);
    world.now += 1000;
    await ask();
    await background();
    await expect(ask()).resolves.toBe(E);
    expect(models.production.degraded).toBeNull();
    expect(world.alive).toEqual([E]);
  });

  it('follows what served before, and not the order of versions, after a rollback', async () => {
    const { registry, world, ask } = aServing();
    await registry.serve('A', 'B', 'C');
    await rollback(registry.storage, registry.person);
    world.damaged.add(B);
    await expect(ask()).resolves.toBe(A);
    expect(world.loads).toEqual([B, A]);
  });

  it('passes over one whose record is damaged', async () => {
    const { registry, world, ask } = aServing();
    await registry.serve('A', 'B', 'C');
    world.damaged.add(C);
    const record = registry.memory.blobs.get(`registry/versions/${B}.json`)!;
    record.bytes = Buffer.from('{');
    await expect(ask()).resolves.toBe(A);
    expect(world.loads).toEqual([C, A]);
  });

  it('tries to load three of them at most', async () => {
    const { registry, world, ask } = aServing();
    await registry.serve('A', 'B', 'C', 'D', 'E');
    for (const damaged of [B, C, D, E]) world.damaged.add(damaged);
    await expect(ask()).rejects.toThrow(UnavailableError);
    expect(world.loads).toEqual([E, D, C, B]);
  });

  it('does not go further back for storage that is out of reach', async () => {
    const { registry, world, ask } = aServing();
    await registry.serve('A', 'B', 'C');
    world.damaged.add(C);
    let failures = 1;
    registry.memory.before = (_, name) => {
      if (name.includes(B) && failures-- > 0) throw new UnavailableError('no answer');
    };
    await expect(ask()).rejects.toThrow(UnavailableError);
    world.now += 1000;
    await expect(ask()).resolves.toBe(B);
    expect(world.loads).toEqual([C, C, B]);
  });
});

test('a running instance keeps the last good model, not the one before it', async () => {
  const { registry, models, world, ask, look } = aServing();
  await registry.serve('A', 'B');
  await ask();
  world.damaged.add(C);
  await registry.serve('C');
  await look();
  await expect(ask()).resolves.toBe(B);
  expect(models.production.degraded).toBe('a flipped byte');
  expect(world.alive).toEqual([B]);
});

test('while a new version loads, every request is answered by the old one and none waits', async () => {
  const { registry, world, ask, look } = aServing();
  await registry.serve('A');
  await ask();
  const gate = aGate();
  world.held.set(B, gate);
  await registry.serve('B');
  await look();
  expect(world.loads).toEqual([A, B]);
  // The load hangs until the gate is opened: were one of these to wait for it, the test would not end.
  const answers = await Promise.all(Array.from({ length: 100 }, () => ask()));
  expect(new Set(answers)).toEqual(new Set([A]));
  gate.open();
  await background();
  await expect(ask()).resolves.toBe(B);
  expect(world.alive).toEqual([B]);
});

// Field case 74: the first three reads after the pointer moved fail.
test('storage that fails three times: the old model answers, the pauses grow, the new one comes', async () => {
  const { registry, models, world, ask } = aServing();
  await registry.serve('A');
  await ask();
  await registry.serve('B');
  const failedAt: number[] = [];
  registry.memory.before = () => {
    if (failedAt.length === 3) return;
    failedAt.push(world.now);
    throw new UnavailableError('no answer');
  };
  for (let quarters = 0; quarters < 4 * 25; quarters++) {
    world.now += 250;
    if (failedAt.length < 3) await expect(ask()).resolves.toBe(A);
    else await ask();
    await background();
    expect(models.production.degraded === null).toBe(
      failedAt.length === 0 || world.now >= failedAt[2]! + 4000,
    );
  }
  const [first, second, third] = failedAt as [number, number, number];
  expect([first, second - first, third - second]).toEqual([15_000, 1000, 2000]);
  await expect(ask()).resolves.toBe(B);
});

test('a rollback while the version that it leaves is still loading ends with the one it returns to', async () => {
  const { registry, world, ask, look } = aServing();
  await registry.serve('A');
  await ask();
  const gate = aGate();
  world.held.set(B, gate);
  await registry.serve('B');
  await look();
  await promote(registry.storage, A, registry.person);
  gate.open();
  await background();
  await look();
  await expect(ask()).resolves.toBe(A);
  expect(world.alive).toEqual([A]);
});

test('a version asked for by name must be blessed and still be there', async () => {
  const { registry, ask } = aServing();
  await registry.serve('A');
  await registry.register('B', { state: 'rejected', precision: 'int8' });
  await registry.register('C', { removed: { at: new Date(0).toISOString(), by: 'ada', reason: 'old' } });
  await expect(ask(B)).rejects.toThrow(NotFoundError);
  await expect(ask(B)).rejects.toThrow('is rejected');
  await expect(ask(C)).rejects.toThrow('is removed');
});
