import {
  BadRequestError,
  NotFoundError,
  UnavailableError,
  UnreadableImageError,
} from '../../../../core/errors.ts';
import { isInShare, parseModelName } from '../../../../core/inference/models.ts';
import { setCanary, setShadow } from '../../../../core/registry/candidates.ts';
import { promote } from '../../../../core/registry/promote.ts';
import { findPointer } from '../../../../core/registry/registry.ts';
import { aGate, aServing, background, version } from './worlds.ts';

const [A, B, C] = ['A', 'B', 'C'].map(version) as [string, string, string];

/** A in production, B and C registered. */
async function aWorld() {
  const serving = aServing();
  const { registry } = serving;
  await registry.serve('A');
  await registry.register('B');
  await registry.register('C');
  const person = registry.person;
  return {
    ...serving,
    canary: (name: string | null, share = 1) =>
      setCanary(registry.storage, name === null ? null : { version: name, share }, person),
    shadow: (name: string | null) => setShadow(registry.storage, name, person),
    promote: (name: string) => promote(registry.storage, name, person),
  };
}

const keys = Array.from({ length: 2000 }, (_, i) => `client-${i}`);

describe('the share of a canary', () => {
  it('is met within what chance allows, and grows around those who are in', () => {
    const inShare = (share: number) => keys.filter((key) => isInShare({ version: B, share }, key));
    // Four standard errors of 2000 draws at .1 are 2.7 points.
    expect(Math.abs(inShare(0.1).length / keys.length - 0.1)).toBeLessThan(0.027);
    expect(new Set(inShare(0.3))).toEqual(new Set([...inShare(0.3), ...inShare(0.1)]));
    expect(inShare(1)).toHaveLength(keys.length);
    expect(inShare(0)).toHaveLength(0);
  });

  it('takes others for another canary', () => {
    const share = 0.1;
    const both = keys.filter(
      (key) => isInShare({ version: B, share }, key) && isInShare({ version: C, share }, key),
    );
    expect(both.length / keys.length).toBeLessThan(0.05);
  });

  it('gets the canary, always the same clients, and the others get production', async () => {
    const { ask, canary, look } = await aWorld();
    await ask();
    await canary(B, 0.3);
    await look();
    const some = keys.slice(0, 200);
    const answered = async () => Promise.all(some.map((key) => ask(undefined, key)));
    const first = await answered();
    expect(await answered()).toEqual(first);
    expect(first).toEqual(some.map((key) => (isInShare({ version: B, share: 0.3 }, key) ? B : A)));
  });
});

test('production and canary can be asked for by name, whatever the share', async () => {
  const { ask, canary, look } = await aWorld();
  await expect(ask('canary')).rejects.toThrow(NotFoundError);
  await canary(B, 0.000001);
  await look();
  await expect(ask('canary')).resolves.toBe(B);
  await canary(B, 1);
  await look();
  await expect(ask('production')).resolves.toBe(A);
  await expect(ask(A)).resolves.toBe(A);
});

test('a canary that is the very first that is asked for is 503 until it is loaded', async () => {
  const { ask, canary, world } = await aWorld();
  const gate = aGate();
  world.held.set(B, gate);
  await canary(B);
  await expect(ask('canary')).rejects.toThrow(`The canary, version ${B}, isn't loaded.`);
  gate.open();
  await background();
  await expect(ask('canary')).resolves.toBe(B);
});

test('no request waits for a canary to load, and it is freed when it ends', async () => {
  const { ask, canary, look, world } = await aWorld();
  await ask();
  const gate = aGate();
  world.held.set(B, gate);
  await canary(B);
  await look();
  expect(world.loads).toEqual([A, B]);
  await expect(ask()).resolves.toBe(A);
  await expect(ask('canary')).rejects.toThrow(UnavailableError);
  gate.open();
  await background();
  await expect(ask()).resolves.toBe(B);
  await canary(null);
  await look();
  await expect(ask()).resolves.toBe(A);
  expect(world.alive).toEqual([A]);
});

test('a canary that is replaced while it loads is freed, and never two load at once', async () => {
  const { ask, canary, look, world } = await aWorld();
  await ask();
  const gate = aGate();
  world.held.set(B, gate);
  await canary(B);
  await look();
  await canary(C);
  await look();
  expect(world.loads).toEqual([A, B]);
  gate.open();
  await background();
  expect(world.alive).toEqual([A, C]);
  await expect(ask()).resolves.toBe(C);
});

test('a canary that cannot be loaded: production answers, the status says so, and it is tried again', async () => {
  const { ask, canary, look, models, world } = await aWorld();
  await ask();
  world.damaged.add(B);
  await canary(B);
  await look();
  await expect(ask()).resolves.toBe(A);
  expect(models.candidates.canary).toEqual({ version: B, state: 'failed', error: 'a flipped byte' });
  expect(world.log.join('\n')).toContain(
    `The canary ${B} can't be loaded, production answers: a flipped byte`,
  );
  expect(models.production.degraded).toBeNull();
  const tries = () => world.loads.filter((name) => name === B).length;
  for (let i = 0; i < 5; i++) {
    await ask();
    await background();
  }
  expect(tries()).toBe(1);
  world.damaged.delete(B);
  world.now += 1000;
  await ask();
  await background();
  expect(tries()).toBe(2);
  await expect(ask()).resolves.toBe(B);
});

test('whatever is wrong with a canary in use, production answers; a bad photograph stays one', async () => {
  const { canary, look, models, world } = await aWorld();
  await canary(B);
  await look();
  const pixels = new Uint8Array();
  world.answers.set(B, new Error('out of memory'));
  const answer = (name?: string) =>
    models.use({ name, key: 'x' }, async (model, role) => {
      await model.answer(pixels);
      return [model.manifest.version, role];
    });
  await expect(answer()).resolves.toEqual([A, 'production']);
  for (let i = 2; i <= 10; i++) await answer();
  const failures = world.log.filter((line) => line.includes('out of memory'));
  expect(failures).toEqual(
    [1, 2, 4, 8].map((times) => `The canary ${B} failed ${times} times, production answered: out of memory`),
  );
  await expect(answer('canary')).rejects.toThrow('out of memory');
  let asked = 0;
  const bad = models.use({ key: 'x' }, async () => {
    asked++;
    throw new UnreadableImageError('cut off');
  });
  await expect(bad).rejects.toThrow(UnreadableImageError);
  expect(asked).toBe(1);
});

test('a canary that is promoted answers as production, and its setting has ended', async () => {
  const { ask, canary, look, promote: toProduction, registry, world } = await aWorld();
  await canary(B, 0.1);
  await look();
  await toProduction(B);
  await look();
  await expect(ask()).resolves.toBe(B);
  expect(world.alive).toEqual([B]);
  expect((await findPointer(registry.storage))!.pointer.canary).toBeNull();
});

test('a version that is in memory for any reason is not loaded again', async () => {
  const { ask, canary, shadow, look, world } = await aWorld();
  await canary(B);
  await shadow(C);
  await look();
  for (const name of [A, B, C]) await expect(ask(name)).resolves.toBe(name);
  expect(world.loads.toSorted()).toEqual([A, B, C]);
});

test('a setting of before, naming the version in production, is as none', async () => {
  const { ask, canary, look, registry, world } = await aWorld();
  await canary(B);
  const { pointer, etag } = (await findPointer(registry.storage))!;
  const byHand = { ...pointer, canary: { version: A, share: 1 }, shadow: A };
  await registry.storage.replace('registry', 'production.json', Buffer.from(JSON.stringify(byHand)), etag);
  await look();
  await expect(ask()).resolves.toBe(A);
  expect(world.alive).toEqual([A]);
});

test('a name is an alias or a version', () => {
  expect(['production', 'canary', A].map(parseModelName)).toEqual(['production', 'canary', A]);
  for (const name of ['shadow', '', '../x', 'Canary'])
    expect(() => parseModelName(name)).toThrow(BadRequestError);
});
