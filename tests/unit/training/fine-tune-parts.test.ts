import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Base } from '../../../training/base/base.ts';
import { readBase } from '../../../training/base/base.ts';
import type { Engine } from '../../../training/engine.ts';
import { asLayersModel } from '../../../training/features/base-models.ts';
import type { BatchSession } from '../../../training/features/session-pool.ts';
import { drawLight, jitterLight } from '../../../training/fine-tune/augment.ts';
import { chooseShare, tryShares } from '../../../training/fine-tune/choose-share.ts';
import { cutBase } from '../../../training/fine-tune/cut.ts';
import { drawEpoch, fastRandomSource } from '../../../training/fine-tune/epoch.ts';
import { checkFineTuning } from '../../../training/fine-tune/fine-tune.ts';
import { dropoutMask, logPriors } from '../../../training/fine-tune/head-loss.ts';
import { fineTuneKey, recipeOf } from '../../../training/fine-tune/recipe.ts';
import { mapBatches } from '../../../training/fine-tune/trunk.ts';
import { interpolate, moveWeights, replaceWeights } from '../../../training/fine-tune/weights.ts';
import { readSettings } from '../../../training/read-settings.ts';
import { stridedNetwork } from '../../helpers/fine-tune-network.ts';
import { tinyNetwork } from '../../helpers/tiny-base.ts';

const settingsOf = (...words: string[]) => readSettings(['--data', 'x', '--fine-tune', ...words]).settings;

describe('a base is cut', () => {
  const cut = (network: ReturnType<typeof tinyNetwork>, size: number) =>
    cutBase(asLayersModel(network, 'float32'), { height: size, width: size });

  it('at the end of the last block at stride 8', () => {
    const { at, map, upper, trunk } = cut(stridedNetwork(), 40);
    expect([at, map, upper[0]!.name]).toEqual(['add_a', [5, 5, 6], 'expand_16']);
    expect(trunk.layers.slice(-2).map(({ name }) => name)).toEqual(['add_a', 'map']);
  });

  it('at its largest stride where it never gets to 8', () => {
    expect(cut(tinyNetwork(), 32)).toMatchObject({ at: 'depthwise', map: [16, 16, 12] });
  });

  it('with the sizes of SAME padding where they are odd', () => {
    expect(cut(stridedNetwork({ size: 37 }), 37).map).toEqual([5, 5, 6]);
  });

  it('not where a layer behind can not be trained through: it is named', () => {
    const network = stridedNetwork();
    const layer = network.topology.config.layers.find(({ name }) => name === 'add_b')!;
    layer.class_name = 'Concatenate';
    expect(() => cut(network, 40)).toThrow(/the layer add_b: it is a Concatenate/);
  });

  const models = join(__dirname, '..', '..', '..', '..', 'shared', 'models');
  (existsSync(models) ? it.each : it.skip.each)([
    ['efficientnet_lite0', [28, 28, 40]],
    ['efficientnet_lite2', [33, 33, 48]],
    ['mobilenet_v2_1.0_224', [28, 28, 32]],
  ] as const)('%s (needs ../shared/models)', async (name, map) => {
    const base = await readBase(join(models, name));
    const { map: found, upper } = cutBase(asLayersModel(base.network, 'float32'), base.input);
    expect(found).toEqual(map);
    expect(upper[1]!.config.strides).toEqual([2, 2]);
  });
});

describe('an epoch', () => {
  // 90 of one class, 10 of another.
  const labels = Int32Array.from({ length: 100 }, (_, i) => (i < 90 ? 0 : 1));
  const draw = (key: string, exponent = 0.5) => drawEpoch(labels, { exponent, count: 96, key });

  it('is decided by its key', () => {
    expect(draw('a')).toEqual(draw('a'));
    expect(draw('a')).not.toEqual(draw('b'));
  });

  it('draws pictures in proportion to n^-exponent, as evenly as whole numbers go', () => {
    const ofClass = (label: number, exponent: number) =>
      draw('a', exponent).filter(({ picture }) => labels[picture] === label).length;
    // sqrt(90) : sqrt(10) is 3 : 1.
    expect([24, 25]).toContain(ofClass(1, 0.5));
    expect(ofClass(1, 1)).toBe(48);
    expect(ofClass(1, 0)).toBeLessThanOrEqual(10);
    const times = new Map<number, number>();
    for (const { picture } of draw('a')) times.set(picture, (times.get(picture) ?? 0) + 1);
    for (let picture = 90; picture < 100; picture++) expect([2, 3]).toContain(times.get(picture));
  });

  it('counts how often a picture came before, so that each time is another crop', () => {
    const seen = draw('a').map(({ picture, repeat }) => `${picture}:${repeat}`);
    expect(seen).toHaveLength(96);
    expect(new Set(seen).size).toBe(96);
  });
});

test('batches are in order, whatever order their pictures are ready in', async () => {
  const session = {
    outputSizes: { features: 2 },
    run: async (pixels: Uint8Array) => {
      await new Promise((resolve) => setTimeout(resolve, 5 * ((pixels[0]! * 7) % 5)));
      return { logits: new Float32Array(), features: Float32Array.of(pixels[0]!, 2 * pixels[0]!) };
    },
  } as unknown as BatchSession;
  const read = async (item: number) => Uint8Array.of(item);
  const seen: number[][] = [];
  for await (const { items, maps } of mapBatches([0, 1, 2, 3, 4, 5, 6], { session, batchSize: 3, read })) {
    expect([...maps]).toEqual(items.flatMap((item) => [item, 2 * item]));
    seen.push([...items]);
  }
  expect(seen).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
});

describe('light', () => {
  const pixels = Uint8Array.of(100, 50, 200, 10, 250, 30);

  it('stays as it is by factors of 1', () => {
    expect(jitterLight(pixels, { brightness: 1, contrast: 1, saturation: 1 })).toEqual(pixels);
  });

  it('is brighter, flat, or grey, by each factor alone', () => {
    expect([...jitterLight(pixels, { brightness: 1.2, contrast: 1, saturation: 1 })]).toEqual([
      120, 60, 240, 12, 255, 36,
    ]);
    const flat = jitterLight(pixels, { brightness: 1, contrast: 0, saturation: 1 });
    expect(new Set(flat).size).toBe(1);
    const [r, g, b] = jitterLight(pixels, { brightness: 1, contrast: 1, saturation: 0 });
    expect([r, g, b]).toEqual([82, 82, 82]);
  });

  it('is drawn by its key, within the range', () => {
    expect(drawLight(0.15, 'a')).toEqual(drawLight(0.15, 'a'));
    for (let i = 0; i < 50; i++) {
      for (const factor of Object.values(drawLight(0.15, String(i)))) {
        expect(Math.abs(factor - 1)).toBeLessThanOrEqual(0.15);
      }
    }
  });
});

test('log priors are those of the classes as they are drawn, alike at an exponent of 1', () => {
  const labels = Int32Array.from([...Array(16).fill(0), ...Array(4).fill(1)]);
  const shares = (exponent: number) => [...logPriors(labels, { classes: 2, exponent })].map(Math.exp);
  for (const [exponent, expected] of [
    [0, 0.8],
    [0.5, 2 / 3],
    [1, 0.5],
  ] as const) {
    expect(shares(exponent)[0]).toBeCloseTo(expected, 6);
    expect(shares(exponent)[0]! + shares(exponent)[1]!).toBeCloseTo(1, 6);
  }
  // A class that nobody draws isn't minus infinity.
  expect(logPriors(labels, { classes: 3, exponent: 0 })[2]).toBeCloseTo(Math.log(1 / 21), 6);
});

test('what is added to a head moves it from one start to another, and leaves the base', () => {
  const values = new Map([
    ['base', Float32Array.of(1, 2)],
    ['head', Float32Array.of(3, 4)],
  ]);
  const from = new Map([...values, ['head', Float32Array.of(1, 1)]]);
  const moved = moveWeights(values, { from, to: new Map([['head', Float32Array.of(2, 0)]]) });
  expect(Object.fromEntries(moved)).toEqual({ base: Float32Array.of(1, 2), head: Float32Array.of(4, 3) });
});

test('dropout leaves out its share and keeps the mean', () => {
  const mask = dropoutMask(20_000, { rate: 0.2, random: fastRandomSource('mask') });
  expect(mask.filter((value) => value === 0).length / mask.length).toBeCloseTo(0.2, 1);
  expect(mask.reduce((a, b) => a + b, 0) / mask.length).toBeCloseTo(1, 1);
  expect([...dropoutMask(3, { rate: 0, random: Math.random })]).toEqual([1, 1, 1]);
});

describe('the share of the tuned weights', () => {
  const before = new Map([['w', Float32Array.of(0, 10)]]);
  const after = new Map([['w', Float32Array.of(10, 20)]]);

  it('mixes weight by weight', () => {
    expect([...interpolate(before, after, 0.25).get('w')!]).toEqual([2.5, 12.5]);
    expect(interpolate(before, after, 0)).toEqual(before);
    expect(interpolate(before, after, 1)).toEqual(after);
  });

  it('is the one with the smallest loss at its own temperature', async () => {
    // Of four pictures: three right; three right, the fourth nearly; four as sure of the wrong as of the right.
    const rows: Record<number, number[]> = {
      0: [4, 0, 0, 4, 4, 0, 4, 0],
      5: [4, 0, 0, 4, 4, 0, 0.1, 0],
      10: [40, 0, 0, 40, 0, 40, 40, 0],
    };
    const validate = async (sets: readonly ReadonlyMap<string, Float32Array>[]) =>
      sets.map((values) => ({
        classes: 2,
        labels: Int32Array.of(0, 1, 0, 1),
        logits: Float32Array.from(rows[values.get('w')![0]!]!),
      }));
    const choices = await tryShares(
      { before, after },
      { validate, recipe: { share: -1, shares: [0, 0.5, 1] } },
    );
    expect(choices.map(({ top1 }) => top1)).toEqual([0.75, 0.75, 0.5]);
    expect(chooseShare(choices).share).toBe(0.5);
    // At temperature 1 the loss of the last is 20; at its own it is that of a guess.
    expect(choices[2]!.loss).toBeCloseTo(20, 3);
    expect(choices[2]!.calibratedLoss).toBeLessThan(1.5);
    const fixed = await tryShares({ before, after }, { validate, recipe: { share: 1, shares: [0, 0.5] } });
    expect(fixed.map(({ share }) => share)).toEqual([0, 1]);
  });

  it('comes from a list that is checked', () => {
    expect(recipeOf(settingsOf('--fine-tune-shares', '0.4,0')).shares).toEqual([0, 0.4]);
    for (const text of ['0,,1', '0,2', 'all']) {
      expect(() => recipeOf(settingsOf('--fine-tune-shares', text))).toThrow('--fine-tune-shares');
    }
  });
});

test('tuned weights take their place in the base, and only they', () => {
  const network = tinyNetwork();
  const tuned = Float32Array.from({ length: 24 }, () => 7);
  const { weights, topology } = replaceWeights(network, new Map([['expand/bias', tuned]]));
  expect(topology).toBe(network.topology);
  for (const [i, { name, values }] of weights.entries()) {
    expect(values).toBe(name === 'expand/bias' ? tuned : network.weights[i]!.values);
  }
  expect(() => replaceWeights(network, new Map([['other/bias', tuned]]))).toThrow(
    "can't put other/bias back",
  );
});

describe('--fine-tune is refused before any work', () => {
  it.each(['wasm', 'cpu'] as const)('on the engine %s, with what to do', (name) => {
    const check = () => checkFineTuning(settingsOf(), { name } as Engine);
    expect(check).toThrow(/needs the engine node.*npm run setup:tfjs-node/);
  });

  it('for a network from scratch', () => {
    const check = () => checkFineTuning(settingsOf('--network', 'scratch'), { name: 'node' } as Engine);
    expect(check).toThrow('--network transfer');
  });

  it('and not where it is not asked for', () => {
    expect(() => checkFineTuning(readSettings([]).settings, { name: 'wasm' } as Engine)).not.toThrow();
  });
});

describe('the key of a checkpoint', () => {
  const base = { contentHash: 'base', input: { width: 40, height: 40 } } as Base;
  const pictures = [{ path: 'a/1.jpg', sha256: 'one', label: 0 }];
  const key = (words: string[], changed: { base?: Base; pictures?: typeof pictures } = {}) =>
    fineTuneKey(settingsOf(...words), { base, pictures, ...changed });

  it('stays where only places and the machine differ', () => {
    expect(key(['--out', 'elsewhere', '--threads', '3', '--resume', '--push'])).toBe(key([]));
  });

  it('differs with a setting, the photographs, their labels and the base', () => {
    expect(key(['--fine-tune-rate', '0.1'])).not.toBe(key([]));
    expect(key(['--seed', '2'])).not.toBe(key([]));
    expect(key([], { pictures: [{ ...pictures[0]!, sha256: 'two' }] })).not.toBe(key([]));
    expect(key([], { pictures: [{ ...pictures[0]!, label: 1 }] })).not.toBe(key([]));
    expect(key([], { base: { ...base, contentHash: 'other' } })).not.toBe(key([]));
  });
});
