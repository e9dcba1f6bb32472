/**
 * What Keras writes and TensorFlow.js does not: against the formulas of the Keras documentation.
 */
import { InvalidModelError } from '../../../../core/errors.ts';
import { convertLayersModel } from '../../../../core/onnx/convert.ts';
import { samePadding } from '../../../../core/onnx/layers/geometry.ts';
import type { Layer, LayersModel, WeightTensor } from '../../../../core/onnx/layers-model.ts';
import { inputOf, largestDifference, randomPixels, runOnnx } from './parity.ts';

const SIZE = 5;
const pixels = randomPixels(1, SIZE, SIZE);
/** What the network sees: pixels within [-8, 8). */
const scaling = {
  mean: [128, 128, 128] as [number, number, number],
  std: [16, 16, 16] as [number, number, number],
};
const seen = Float32Array.from(pixels, (pixel) => (pixel - 128) / 16);

function base(layer: Omit<Layer, 'name' | 'inputs'>, weights: [string, WeightTensor][] = []): LayersModel {
  return {
    layers: [
      { name: 'in', className: 'InputLayer', config: { batch_shape: [null, SIZE, SIZE, 3] }, inputs: [] },
      { ...layer, name: 'it', inputs: ['in'] },
      { name: 'flat', className: 'Flatten', config: {}, inputs: ['it'] },
    ],
    outputs: 'flat',
    weights: new Map(weights),
  };
}

const convert = (model: LayersModel) =>
  convertLayersModel(model, { input: inputOf(SIZE, SIZE, scaling), precision: 'float32', head: 'features' });
const features = async (model: LayersModel) => (await runOnnx(convert(model), pixels, SIZE, SIZE)).features!;
const channelOf = (index: number) => index % 3;

test.each([
  { max_value: 6 },
  { max_value: 6, negative_slope: 0.1 },
  { negative_slope: 0.2, threshold: 1 },
  { max_value: 5, threshold: 2 },
  { max_value: null, negative_slope: 0, threshold: -1 },
])('ReLU with %j', async (config) => {
  const { max_value = null, negative_slope = 0, threshold = 0 } = config;
  const expected = seen.map((x) => {
    if (x < threshold) return negative_slope * (x - threshold);
    return Math.min(x, max_value ?? Infinity);
  });
  expect(largestDifference(await features(base({ className: 'ReLU', config })), expected)).toBeLessThan(1e-6);
});

test('LeakyReLU with negative_slope', async () => {
  const model = base({ className: 'LeakyReLU', config: { negative_slope: 0.25 } });
  expect(await features(model)).toEqual(seen.map((x) => (x < 0 ? x / 4 : x)));
});

test('Rescaling with a number for each channel (case 42)', async () => {
  const model = base({ className: 'Rescaling', config: { scale: [1, 2, 4], offset: [0, 0.5, 1] } });
  const expected = seen.map((x, index) => x * 2 ** channelOf(index) + channelOf(index) / 2);
  expect(largestDifference(await features(model), expected)).toBeLessThan(1e-5);
});

test.each(['config', 'weights'])(
  'Normalization with mean and variance in its %s (case 42)',
  async (place) => {
    const mean = [1, 2, 3];
    const variance = [4, 1, 0.25];
    const tensor = (values: number[]): WeightTensor => ({ shape: [3], values: Float32Array.from(values) });
    const model =
      place === 'config'
        ? base({ className: 'Normalization', config: { mean, variance } })
        : base({ className: 'Normalization', config: { axis: [-1] } }, [
            ['it/mean', tensor(mean)],
            ['it/variance', tensor(variance)],
          ]);
    const expected = seen.map(
      (x, index) => (x - mean[channelOf(index)]!) / Math.sqrt(variance[channelOf(index)]!),
    );
    expect(largestDifference(await features(model), expected)).toBeLessThan(1e-5);
  },
);

test('Normalization with one mean and variance for all channels (case 42)', async () => {
  const model = base({ className: 'Normalization', config: { axis: null, mean: 2, variance: 4 } });
  expect(
    largestDifference(
      await features(model),
      seen.map((x) => (x - 2) / 2),
    ),
  ).toBeLessThan(1e-5);
});

test('ELU with an alpha', async () => {
  const model = base({ className: 'ELU', config: { alpha: 0.5 } });
  expect(
    largestDifference(
      await features(model),
      seen.map((x) => (x < 0 ? Math.expm1(x) / 2 : x)),
    ),
  ).toBeLessThan(1e-6);
});

test('GlobalMaxPooling2D that keeps its dimensions', async () => {
  const model = base({ className: 'GlobalMaxPooling2D', config: { keepdims: true } });
  const expected = [0, 1, 2].map((channel) =>
    Math.max(...seen.filter((_, index) => channelOf(index) === channel)),
  );
  expect([...(await features(model))]).toEqual(expected);
});

test('GlobalAveragePooling2D that keeps its dimensions', async () => {
  const model = base({ className: 'GlobalAveragePooling2D', config: { keepdims: true } });
  const means = [0, 1, 2].map((channel) => {
    const values = seen.filter((_, index) => channelOf(index) === channel);
    return values.reduce((sum, value) => sum + value, 0) / values.length;
  });
  expect(largestDifference(await features(model), Float32Array.from(means))).toBeLessThan(1e-5);
});

test.each([
  'Conv2D',
  'DepthwiseConv2D',
  'SeparableConv2D',
  'MaxPooling2D',
  'AveragePooling2D',
  'GlobalAveragePooling2D',
  'GlobalMaxPooling2D',
  'Flatten',
  'ZeroPadding2D',
])('%s of channels first is refused', (className) => {
  const [kernel, point] = [{ shape: [1, 1, 3, 1] }, { shape: [1, 1, 3, 3] }].map(({ shape }) => ({
    shape,
    values: new Float32Array(shape.reduce((product, size) => product * size)),
  }));
  const model = base({ className, config: { data_format: 'channels_first', use_bias: false } }, [
    ['it/kernel', point!],
    ['it/depthwise_kernel', kernel!],
    ['it/pointwise_kernel', point!],
  ]);
  expect(() => convert(model)).toThrow(/"it".*data_format must be channels_last/);
});

test('Conv2D of three groups', async () => {
  const kernel = { shape: [1, 1, 1, 3], values: Float32Array.of(1, 2, 3) };
  const model = base({ className: 'Conv2D', config: { groups: 3, use_bias: false } }, [
    ['it/kernel', kernel],
  ]);
  expect(await features(model)).toEqual(seen.map((x, index) => x * (channelOf(index) + 1)));
});

test.each<[string, Omit<Layer, 'name' | 'inputs'>, RegExp]>([
  [
    'an axis other than the channels',
    { className: 'BatchNormalization', config: { axis: 1, scale: false, center: false } },
    /axis 1/,
  ],
  [
    'a shape that does not fit',
    { className: 'Reshape', config: { target_shape: [7, -1] } },
    /can't be reshaped to \[7, -1\]/,
  ],
  [
    'a window that is too large',
    { className: 'MaxPooling2D', config: { pool_size: 6 } },
    /window of 6.*input of 5/,
  ],
  ['causal padding', { className: 'MaxPooling2D', config: { padding: 'causal' } }, /padding "causal"/],
  [
    'strides that are no numbers',
    { className: 'MaxPooling2D', config: { strides: 'two' } },
    /strides is "two"/,
  ],
  [
    'dilation where TensorFlow.js ignores it',
    { className: 'DepthwiseConv2D', config: { dilation_rate: 2 } },
    /dilation_rate/,
  ],
  ['one input to join', { className: 'Add', config: {} }, /1 inputs/],
  ['a kernel that is missing', { className: 'Conv2D', config: {} }, /it\/kernel is missing/],
])('%s is refused by the name of the layer', (_, layer, message) => {
  const one = { shape: [3], values: Float32Array.of(1, 1, 1) };
  const model = base(layer, [
    ['it/moving_mean', one],
    ['it/moving_variance', one],
  ]);
  expect(() => convert(model)).toThrow(InvalidModelError);
  expect(() => convert(model)).toThrow(/"it"/);
  expect(() => convert(model)).toThrow(message);
});

test('a base that ends in a picture is told to end in a vector', () => {
  const model = { ...base({ className: 'MaxPooling2D', config: {} }), outputs: 'it' };
  expect(() => convert(model)).toThrow(/End the base in GlobalAveragePooling2D/);
});

test('SAME pads at stride 2 as the size asks (case 46)', () => {
  expect(samePadding(224, 3, 2)).toEqual([0, 1]);
  expect(samePadding(225, 3, 2)).toEqual([1, 1]);
  expect(samePadding(33, 5, 2)).toEqual([2, 2]);
  expect(samePadding(130, 5, 2)).toEqual([1, 2]);
  expect(samePadding(7, 1, 2)).toEqual([0, 0]);
});
