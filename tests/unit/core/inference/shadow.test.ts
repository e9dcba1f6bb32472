import { Shadow } from '../../../../core/inference/shadow.ts';
import { setShadow } from '../../../../core/registry/candidates.ts';
import { readShadowFigures } from '../../../../core/registry/shadow-figures.ts';
import { aTrainedManifest } from '../../../helpers/manifests.ts';
import { aGate, aServing, background, version } from './worlds.ts';

const [A, B, C] = ['A', 'B', 'C'].map(version) as [string, string, string];

/** B is the shadow of A, and in memory. */
async function aWorld({ isBusy = (): boolean => false } = {}) {
  const { registry, world, models, look } = aServing();
  const { storage } = registry;
  await registry.serve('A');
  await registry.register('B');
  await registry.register('C');
  const shadowed = (name: string | null) => setShadow(storage, name, registry.person);
  await shadowed(B);
  await look();
  await background();
  const candidate = models.shadow;
  const shadow = new Shadow({
    storage,
    candidate,
    instance: 'test',
    log: (line) => world.log.push(line),
    isBusy,
  });
  /** A photograph that production answered with `scores` in `milliseconds`. */
  const offer = (scores: number[], { milliseconds = 10, production = A } = {}) =>
    shadow.offer({
      bytes: new Uint8Array(),
      pixels: new Uint8Array(16 * 16 * 3),
      manifest: aTrainedManifest({ version: production }),
      answer: { scores: Float64Array.from(scores), reason: null },
      milliseconds,
    });
  const figures = async (name = B) => {
    await background();
    await shadow.flush();
    return readShadowFigures(storage, name);
  };
  return { registry, world, models, look, shadow, shadowed, offer, figures };
}

test('what agrees and by how much is counted, and readable once it is written', async () => {
  const { offer, figures, world } = await aWorld();
  world.answers.set(B, [0.6, 0.4]);
  offer([0.8, 0.2]);
  await background();
  offer([0.3, 0.7]);
  // Production's first breed has .8 and .7; the shadow gives it .6 and .4.
  await expect(figures()).resolves.toEqual([
    {
      production: A,
      n: 2,
      agreement: 0.5,
      meanDifference: expect.closeTo(0.25, 10),
      latencyRatio: expect.any(Number),
      dropped: 0,
      failed: 0,
    },
  ]);
});

test('breeds are compared by name, not by their place', async () => {
  const { offer, figures, models, world } = await aWorld();
  models.shadow.model!.manifest.labels.reverse();
  world.answers.set(B, [0.1, 0.9]);
  offer([0.9, 0.1]);
  await expect(figures()).resolves.toMatchObject([
    { n: 1, agreement: 1, meanDifference: expect.closeTo(0, 10) },
  ]);
});

test('the offer returns before the shadow is asked, and while it works others are dropped', async () => {
  const { offer, figures, models } = await aWorld();
  const gate = aGate();
  const model = models.shadow.model!;
  const { answer } = model;
  let asked = 0;
  model.answer = async (pixels) => {
    asked++;
    await gate.opened;
    return answer(pixels);
  };
  offer([0.9, 0.1]);
  expect(asked).toBe(0);
  await background();
  for (let i = 0; i < 5; i++) offer([0.9, 0.1]);
  await background();
  expect(asked).toBe(1);
  gate.open();
  await expect(figures()).resolves.toMatchObject([{ n: 1, dropped: 5 }]);
});

test('is left alone while the instance is busy', async () => {
  const { offer, figures, world } = await aWorld({ isBusy: () => true });
  world.answers.set(B, new Error('must not be asked'));
  offer([0.9, 0.1]);
  await expect(figures()).resolves.toMatchObject([{ n: 0, dropped: 1, failed: 0 }]);
});

test('a shadow that fails is counted and logged once, and nothing is thrown', async () => {
  const { offer, figures, world } = await aWorld();
  world.answers.set(B, new Error('out of memory'));
  for (let i = 0; i < 3; i++) {
    offer([0.9, 0.1]);
    await background();
  }
  expect(world.log.filter((line) => line.includes('out of memory'))).toEqual([
    `The shadow ${B} failed: out of memory`,
  ]);
  await expect(figures()).resolves.toMatchObject([{ n: 0, failed: 3 }]);
});

test('without a shadow nothing is kept; another shadow has figures of its own, as has another production', async () => {
  const { offer, figures, look, shadowed } = await aWorld();
  offer([0.9, 0.1]);
  await background();
  offer([0.9, 0.1], { production: C });
  await expect(figures()).resolves.toMatchObject([
    { production: A, n: 1 },
    { production: C, n: 1 },
  ]);
  await shadowed(null);
  await look();
  offer([0.9, 0.1]);
  await shadowed(C);
  await look();
  offer([0.9, 0.1]);
  await expect(figures(C)).resolves.toMatchObject([{ production: A, n: 1 }]);
  await expect(figures(B)).resolves.toMatchObject([{ n: 1 }, { n: 1 }]);
});

test('with storage out of reach the sums are kept for the next time', async () => {
  const { offer, figures, registry, shadow } = await aWorld();
  offer([0.9, 0.1]);
  await background();
  registry.memory.before = () => {
    throw new Error('no answer');
  };
  await expect(shadow.flush()).rejects.toThrow('no answer');
  registry.memory.before = () => {};
  await expect(figures()).resolves.toMatchObject([{ n: 1 }]);
});
