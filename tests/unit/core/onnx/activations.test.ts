/**
 * Activations that TensorFlow.js has not, or that Keras 2 and Keras 3 define each in their own way: against the formulas
 * of the Keras documentation.
 */
import { InvalidModelError } from '../../../../core/errors.ts';
import { convertLayersModel } from '../../../../core/onnx/convert.ts';
import type { Layer, LayersModel } from '../../../../core/onnx/layers-model.ts';
import { calibrate, inputOf, largest, largestDifference, randomPixels, runOnnx } from './parity.ts';

const SIZE = 6;
const pixels = randomPixels(1, SIZE, SIZE);
/** What the network sees: pixels within [-8, 8). */
const input = inputOf(SIZE, SIZE, { mean: [128, 128, 128], std: [16, 16, 16] });
const seen = Float32Array.from(pixels, (pixel) => (pixel - 128) / 16);

type Version = NonNullable<Layer['kerasVersion']>;
type Kind = 'in a layer' | 'as a layer';

/** A convolution of 1x1 that changes nothing, with the activation in its config or behind it. */
function base(
  activation: unknown,
  { kerasVersion = 2, kind }: { kerasVersion?: Version; kind: Kind },
): LayersModel {
  const isOwn = kind === 'as a layer';
  const conv = { use_bias: false, ...(isOwn ? {} : { activation }) };
  const layers: Layer[] = [
    { name: 'in', className: 'InputLayer', config: { batch_shape: [null, SIZE, SIZE, 3] }, inputs: [] },
    { name: 'conv', className: 'Conv2D', config: conv, inputs: ['in'], kerasVersion },
    { name: 'act', className: 'Activation', config: { activation }, inputs: ['conv'], kerasVersion },
    { name: 'flat', className: 'Flatten', config: {}, inputs: [isOwn ? 'act' : 'conv'] },
  ];
  const identity = Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1);
  return {
    layers: isOwn ? layers : layers.filter(({ name }) => name !== 'act'),
    outputs: 'flat',
    weights: new Map([['conv/kernel', { shape: [1, 1, 3, 3], values: identity }]]),
  };
}

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const relu6 = (x: number) => Math.min(Math.max(x, 0), 6);
const selu = (x: number) => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * Math.expm1(x));
const geluByTanh = (x: number) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));

const formulas: [string, Version, (x: number) => number][] = [
  ['linear', 2, (x) => x],
  ['relu', 2, (x) => Math.max(x, 0)],
  ['relu6', 2, relu6],
  ['leaky_relu', 3, (x) => (x < 0 ? 0.2 * x : x)],
  ['sigmoid', 2, sigmoid],
  ['tanh', 2, Math.tanh],
  ['elu', 2, (x) => (x > 0 ? x : Math.expm1(x))],
  ['selu', 2, selu],
  ['softplus', 2, (x) => Math.log1p(Math.exp(x))],
  ['softsign', 2, (x) => x / (1 + Math.abs(x))],
  ['exponential', 2, Math.exp],
  ['swish', 2, (x) => x * sigmoid(x)],
  ['silu', 3, (x) => x * sigmoid(x)],
  ['mish', 3, (x) => x * Math.tanh(Math.log1p(Math.exp(x)))],
  ['gelu_new', 2, geluByTanh],
  ['hard_sigmoid', 2, (x) => Math.max(0, Math.min(1, 0.2 * x + 0.5))],
  ['hard_sigmoid', 3, (x) => relu6(x + 3) / 6],
  ['hard_swish', 3, (x) => (x * relu6(x + 3)) / 6],
  ['hard_silu', 3, (x) => (x * relu6(x + 3)) / 6],
];

describe.each<Kind>(['in a layer', 'as a layer'])('%s', (kind) => {
  test.each(formulas)('%s of Keras %i is what its formula says', async (name, kerasVersion, formula) => {
    const model = base(name, { kerasVersion, kind });
    const expected = seen.map(formula);
    const calibration = await calibrate(model, input, pixels, 'features');
    const run = async (precision: 'float32' | 'int8') => {
      const onnx = convertLayersModel(model, { input, precision, calibration, head: 'features' });
      return (await runOnnx(onnx, pixels, SIZE, SIZE)).features!;
    };
    const size = Math.max(1, largest(expected));
    expect(largestDifference(await run('float32'), expected)).toBeLessThan(3e-6 * size);
    // A step of the input, 1/16, and one of the output; exponential is steeper than that.
    const steepness = name === 'exponential' ? 8 : 1;
    expect(largestDifference(await run('int8'), expected)).toBeLessThan(steepness * (0.04 + size / 128));
  });
});

test('a function in the wrapping of Keras 3 is the function', () => {
  const convert = (activation: unknown) =>
    convertLayersModel(base(activation, { kind: 'in a layer' }), {
      input,
      precision: 'float32',
      head: 'features',
    });
  const wrapped = {
    module: 'builtins',
    class_name: 'function',
    config: 'relu6',
    registered_name: 'function',
  };
  expect(Buffer.compare(convert(wrapped), convert('relu6'))).toBe(0);
});

test.each<[string, unknown]>([
  [
    'a layer as an activation',
    { module: 'keras.layers', class_name: 'LeakyReLU', config: { negative_slope: 0.1 } },
  ],
  ['a name that is none', 'constructor'],
  ['a number', 7],
])('%s is refused by the name of its layer', (_, activation) => {
  const convert = () =>
    convertLayersModel(base(activation, { kind: 'in a layer' }), {
      input,
      precision: 'float32',
      head: 'features',
    });
  expect(convert).toThrow(InvalidModelError);
  expect(convert).toThrow(/Layer "conv" \(Conv2D\).*activation/);
});
