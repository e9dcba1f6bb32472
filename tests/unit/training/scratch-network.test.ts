import { ConfigurationError } from '../../../core/errors.ts';
import { type EngineName, loadEngine } from '../../../training/engine.ts';
import { readSettings } from '../../../training/read-settings.ts';
import { readClassWeights } from '../../../training/scratch/class-weights.ts';
import { drawWeights, quickSource } from '../../../training/scratch/initial-weights.ts';
import { scratchNetwork, startFromScratch } from '../../../training/scratch/network.ts';
import { ROOT } from '../../helpers/processes.ts';

const start = (words: string[], name: EngineName = 'cpu') =>
  startFromScratch(readSettings(['--network', 'scratch', ...words]).settings, { name });

describe('the network from scratch', () => {
  it('has three stages and a dense layer at 128 pixels by default, and needs no base', () => {
    const { input, network, contentHash, name } = start([]);
    expect([input.width, input.height, name, contentHash]).toEqual([128, 128, 'scratch', null]);
    expect(input.scaling).toEqual({ mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] });
    expect(network.topology.config.layers.map(({ class_name }) => class_name)).toEqual([
      'InputLayer',
      ...Array.from({ length: 3 }, () => ['Conv2D', 'MaxPooling2D']).flat(),
      'Flatten',
      'Dense',
    ]);
    expect(network.weights.map(({ shape }) => shape)).toEqual([
      [3, 3, 3, 32],
      [32],
      [3, 3, 32, 64],
      [64],
      [3, 3, 64, 128],
      [128],
      [16 * 16 * 128, 128],
      [128],
    ]);
  });

  it('takes other stages, layers and sizes', () => {
    const { network } = start(['--size', '60', '--filters', '4,4,4,8', '--dense', '20,10']);
    expect(network.weights.map(({ name, shape }) => [name, shape]).slice(-4)).toEqual([
      ['dense_1/kernel', [3 * 3 * 8, 20]],
      ['dense_1/bias', [20]],
      ['features/kernel', [20, 10]],
      ['features/bias', [10]],
    ]);
  });

  it('has the shapes that TensorFlow.js gives it', async () => {
    const { tf } = await loadEngine('cpu', { root: ROOT });
    const { topology, weights } = scratchNetwork({ size: 37, filters: [2, 3, 4], dense: [5, 6], seed: 1 });
    const model = await tf.models.modelFromJSON({ modelTopology: topology as never });
    expect(model.weights.map(({ originalName, shape }) => [originalName, shape])).toEqual(
      weights.map(({ name, shape }) => [name, shape]),
    );
    model.dispose();
  });

  it.each([
    [['--filters', '32,64'], 'at least three stages'],
    [['--filters', '32,x,64'], '--filters is "32,x,64"'],
    [['--dense', '0'], '--dense is "0"'],
    [['--size', '8', '--filters', '1,1,1,1'], "8 pixels can't be halved 4 times"],
  ])('refuses %j', (words, message) => {
    expect(() => start(words)).toThrow(ConfigurationError);
    expect(() => start(words)).toThrow(message);
  });

  it('says what to do on an engine without gradients of convolutions', () => {
    expect(() => start([], 'wasm')).toThrow(ConfigurationError);
    expect(() => start([], 'wasm')).toThrow('npm run setup:tfjs-node');
  });
});

describe('initial weights', () => {
  it('depend on the seed and the name alone, and spread as He et al. say', () => {
    const { values } = drawWeights('a', [3, 3, 50, 64], 1);
    expect(drawWeights('a', [3, 3, 50, 64], 1).values).toEqual(values);
    expect(drawWeights('a', [3, 3, 50, 64], 2).values).not.toEqual(values);
    expect(drawWeights('b', [3, 3, 50, 64], 1).values).not.toEqual(values);
    const variance = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    expect(variance / (2 / 450)).toBeCloseTo(1, 1);
  });

  it('come from numbers that are evenly spread', () => {
    const random = quickSource('even');
    const bins = new Array(10).fill(0);
    for (let i = 0; i < 100_000; i++) bins[Math.floor(10 * random())]++;
    // Five standard deviations of 95.
    for (const count of bins) expect(Math.abs(count - 10_000)).toBeLessThan(475);
  });
});

describe('class weights', () => {
  const classes = ['Bengal', 'Birman', 'pug'];
  const read = (text: string) => [
    ...readClassWeights(text, { classes, labels: Int32Array.from([0, 0, 0, 1, 2, 2]) }),
  ];

  it('are none, balanced or named', () => {
    expect(read('none')).toEqual([1, 1, 1]);
    expect(read('balanced')).toEqual([2 / 3, 2, 1].map(Math.fround));
    expect(read('pug=2, Birman=0.5')).toEqual([1, 0.5, 2]);
  });

  // Field case 90.
  it.each([
    ['unknown=9', '"unknown", which is no breed of these photographs: Bengal, Birman, pug'],
    ['pug=x', 'gives pug the weight "x"'],
    ['pug', 'gives pug the weight ""'],
    ['pug=0', 'gives pug the weight "0"'],
  ])('refuse %s', (text, message) => {
    expect(() => read(text)).toThrow(ConfigurationError);
    expect(() => read(text)).toThrow(message);
  });
});
