/**
 * Pixels into the network: order of channels, scaling, size.
 */
import { InvalidModelError } from '../../../../core/errors.ts';
import { type ConversionOptions, convertLayersModel } from '../../../../core/onnx/convert.ts';
import type { LayersModel } from '../../../../core/onnx/layers-model.ts';
import { calibrate, inputOf, largestDifference, randomPixels, runOnnx } from './parity.ts';

const SIZE = 6;

/** A base whose features are the mean of each channel as the network sees it. */
const seer: LayersModel = {
  layers: [
    { name: 'in', className: 'InputLayer', config: { batch_shape: [null, null, null, 3] }, inputs: [] },
    { name: 'mean', className: 'GlobalAveragePooling2D', config: {}, inputs: ['in'] },
  ],
  outputs: 'mean',
  weights: new Map(),
};

/** A base whose features are all pixels as a convolution of 1x1 passes them on. */
const passing: LayersModel = {
  layers: [
    seer.layers[0]!,
    { name: 'conv', className: 'Conv2D', config: { use_bias: false }, inputs: ['in'] },
    { name: 'flat', className: 'Flatten', config: {}, inputs: ['conv'] },
  ],
  outputs: 'flat',
  weights: new Map([
    ['conv/kernel', { shape: [1, 1, 3, 3], values: Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1) }],
  ]),
};

async function see(
  scaling: ConversionOptions['input']['scaling'],
  pixels: Uint8Array,
  precision: 'float32' | 'int8',
) {
  const options = {
    input: inputOf(SIZE, SIZE, scaling),
    precision,
    calibration: {},
    head: 'features',
  } as const;
  return (await runOnnx(convertLayersModel(seer, options), pixels, SIZE, SIZE)).features!;
}

const red = Uint8Array.from({ length: SIZE * SIZE * 3 }, (_, index) => (index % 3 === 0 ? 255 : 0));

test.each(['float32', 'int8'] as const)(
  'a red picture is high in channel 0 in %s (case 85)',
  async (precision) => {
    const seen = await see({ mean: [127, 127, 127], std: [128, 128, 128] }, red, precision);
    expect([...seen]).toEqual([1, -127 / 128, -127 / 128]);
  },
);

test.each([0, 127, 255])('a uniform picture of %i is scaled once (case 81)', async (pixel) => {
  const seen = await see(
    { mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] },
    new Uint8Array(SIZE * SIZE * 3).fill(pixel),
    'float32',
  );
  const expected = Float32Array.of(
    (pixel - 123.675) / 58.395,
    (pixel - 116.28) / 57.12,
    (pixel - 103.53) / 57.375,
  );
  expect(largestDifference(seen, expected)).toBeLessThan(1e-6);
});

test.each<[string, ConversionOptions['input']['scaling'], number]>([
  ['about a whole pixel', { mean: [127, 127, 127], std: [128, 128, 128] }, 1 / 128],
  ['about half a pixel', { mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] }, 1 / 127.5],
  ['from 0', { mean: [0, 0, 0], std: [255, 255, 255] }, 1 / 255],
  ['that differs by channel', { mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] }, 1.5 / 57],
])('int8 sees pixels to a step with scaling %s', async (_, scaling, step) => {
  const input = inputOf(SIZE, SIZE, scaling);
  const pixels = randomPixels(1, SIZE, SIZE);
  const calibration = await calibrate(passing, input, pixels, 'features');
  const onnx = convertLayersModel(passing, { input, precision: 'int8', calibration, head: 'features' });
  const { features } = await runOnnx(onnx, pixels, SIZE, SIZE);
  const expected = Float32Array.from(
    pixels,
    (pixel, index) => (pixel - scaling.mean[index % 3]!) / scaling.std[index % 3]!,
  );
  expect(largestDifference(features!, expected)).toBeLessThan(step);
});

test.each([0, 127, 255])(
  'a picture of %i is scaled once where a Rescaling within the network does it (case 81)',
  async (pixel) => {
    const rescaling = {
      name: 're',
      className: 'Rescaling',
      config: { scale: 1 / 127.5, offset: -1 },
      inputs: ['in'],
    };
    const model = {
      ...seer,
      layers: [seer.layers[0]!, rescaling, { ...seer.layers[1]!, inputs: ['re'] }],
    };
    const run = async (scaling: ConversionOptions['input']['scaling']) => {
      const onnx = convertLayersModel(model, {
        input: inputOf(SIZE, SIZE, scaling),
        precision: 'float32',
        head: 'features',
      });
      return (await runOnnx(onnx, new Uint8Array(SIZE * SIZE * 3).fill(pixel), SIZE, SIZE)).features!;
    };
    const asItIs = await run({ mean: [0, 0, 0], std: [1, 1, 1] });
    expect(largestDifference(asItIs, new Float32Array(3).fill(pixel / 127.5 - 1))).toBeLessThan(1e-6);
    // A manifest that scales too is obeyed: the golden inputs of training are what finds that out.
    const twice = await run({ mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] });
    const expected = new Float32Array(3).fill((pixel - 127.5) / 127.5 ** 2 - 1);
    expect(largestDifference(twice, expected)).toBeLessThan(1e-6);
  },
);

test.each([
  ['another height', [null, 7, SIZE, 3]],
  ['one channel', [null, SIZE, SIZE, 1]],
  ['no picture', [null, 10]],
])('an input of %s is refused', (_, batch_shape) => {
  const model = { ...seer, layers: [{ ...seer.layers[0]!, config: { batch_shape } }, seer.layers[1]!] };
  const convert = () =>
    convertLayersModel(model, { input: inputOf(SIZE, SIZE), precision: 'float32', head: 'features' });
  expect(convert).toThrow(InvalidModelError);
  expect(convert).toThrow(/"in".*the manifest's pictures are \[N, 6, 6, 3\]/);
});

test('a scaling that divides by 0 is refused', () => {
  const input = inputOf(SIZE, SIZE, { mean: [0, 0, 0], std: [1, 0, 1] });
  expect(() => convertLayersModel(seer, { input, precision: 'float32', head: 'features' })).toThrow(
    /std can't be 0/,
  );
});
