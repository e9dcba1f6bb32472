/**
 * The arithmetic of int8, its edges, and what an int8 conversion refuses.
 */
import { InvalidModelError } from '../../../../core/errors.ts';
import { type Calibration, convertLayersModel } from '../../../../core/onnx/convert.ts';
import type { LayersModel } from '../../../../core/onnx/layers-model.ts';
import { quantizationOf, quantizeWeights, rangeOf } from '../../../../core/onnx/quantization.ts';
import { mulberry32 } from '../../../../training/random.ts';
import { inputOf, runOnnx } from './parity.ts';

const SIZE = 4;
const input = inputOf(SIZE, SIZE);

/** A convolution of 1x1 with relu: all three channels into one, for each pair of weight and bias. */
function network(channels: readonly { weight: number; bias: number }[]): LayersModel {
  const weights = channels.map(({ weight }) => weight);
  return {
    layers: [
      { name: 'in', className: 'InputLayer', config: { batch_shape: [null, null, null, 3] }, inputs: [] },
      { name: 'conv', className: 'Conv2D', config: { activation: 'relu' }, inputs: ['in'] },
      { name: 'mean', className: 'GlobalAveragePooling2D', config: {}, inputs: ['conv'] },
    ],
    outputs: 'mean',
    weights: new Map([
      [
        'conv/kernel',
        {
          shape: [1, 1, 3, channels.length],
          values: Float32Array.from([...weights, ...weights, ...weights]),
        },
      ],
      ['conv/bias', { shape: [channels.length], values: Float32Array.from(channels, ({ bias }) => bias) }],
    ]),
  };
}

const convert = (model: LayersModel, calibration?: Calibration) =>
  convertLayersModel(model, {
    input,
    precision: 'int8',
    head: 'features',
    ...(calibration ? { calibration } : {}),
  });

const white = new Uint8Array(SIZE * SIZE * 3).fill(255);

test('a range is widened to hold zero exactly', () => {
  expect(rangeOf(quantizationOf([2, 5.1]))).toEqual([-0, expect.closeTo(5.1, 5)]);
  expect(rangeOf(quantizationOf([-2.55, -1]))).toEqual([expect.closeTo(-2.55, 5), 0]);
  const { zeroPoint } = quantizationOf([-1, 3]);
  expect(Number.isInteger(zeroPoint)).toBe(true);
});

test('weights are rounded for each output channel by its own largest', () => {
  const kernel = Float32Array.of(1.26, -0.01, -0.0252, 0.0002);
  const {
    kernel: rounded,
    scales,
    bias,
  } = quantizeWeights({ kernel, dims: [2, 2], channelAxis: 0, bias: Float32Array.of(0.5, -0.5) }, 0.5);
  expect([...rounded]).toEqual([126, -1, -126, 1]);
  expect(scales[0]).toBeCloseTo(0.01, 7);
  expect([...bias!.values]).toEqual([100, -5000]);
});

test.each<[string, number[], number]>([
  ['a convolution of 3x3', [4, 5, 3, 3], 0],
  ['one of 1x1', [6, 8, 1, 1], 0],
  ['a depthwise one', [6, 1, 3, 3], 0],
  ['a dense layer', [9, 4], 1],
])(
  'two neighbours of %s never saturate 16 bits, and its rounding shifts no channel',
  (_, dims, channelAxis) => {
    const random = mulberry32(3);
    const kernel = Float32Array.from({ length: dims.reduce((a, b) => a * b) }, () => random() - 0.4);
    const { kernel: rounded, scales } = quantizeWeights({ kernel, dims, channelAxis }, 1);
    const [outputs, inputs, area] =
      channelAxis === 0 ? [dims[0]!, dims[1]!, (dims[2] ?? 1) * (dims[3] ?? 1)] : [dims[1]!, dims[0]!, 1];
    const indexOf = (output: number, input: number, place: number) =>
      channelAxis === 0 ? (output * inputs + input) * area + place : input * outputs + output;

    let largest = 0;
    for (let output = 0; output < outputs; output++) {
      const all = Array.from({ length: inputs * area }, (_, row) => row);
      const byInput = all.map((row) => rounded[indexOf(output, Math.floor(row / area), row % area)]!);
      const byPlace = all.map((row) => rounded[indexOf(output, row % inputs, Math.floor(row / inputs))]!);
      for (const row of [byInput, byPlace]) {
        for (let k = 1; k < row.length; k++) {
          for (const sign of [1, -1]) {
            const sum = Math.max(0, sign * row[k - 1]!) + Math.max(0, sign * row[k]!);
            largest = Math.max(largest, sum);
          }
        }
      }
      const errors = all.map((row) => {
        const index = indexOf(output, Math.floor(row / area), row % area);
        return rounded[index]! - kernel[index]! / scales[output]!;
      });
      expect(Math.max(...errors.map(Math.abs))).toBeLessThan(1);
      // Else it would shift the channel for every picture alike.
      expect(Math.abs(errors.reduce((sum, error) => sum + error, 0))).toBeLessThan(0.51);
    }
    expect(255 * largest).toBeLessThanOrEqual(32_767);
    // And no bit is given away.
    expect(largest).toBeGreaterThan(119);
  },
);

test('channels of zero or tiny weights keep their bias', async () => {
  const model = network([
    { weight: 0, bias: 1 },
    { weight: 1e-12, bias: 0.75 },
    { weight: 0, bias: 0 },
    { weight: 0.25, bias: 0.25 },
  ]);
  const { features } = await runOnnx(convert(model, { conv: [0, 1] }), white, SIZE, SIZE);
  [1, 0.75, 0, 1].forEach((value, channel) => {
    expect(features![channel]).toBeCloseTo(value, 2);
  });
});

test('a layer that is always zero, or always the same, is converted', async () => {
  const dead = await runOnnx(
    convert(network([{ weight: -1, bias: 0 }]), { conv: [0, 0] }),
    white,
    SIZE,
    SIZE,
  );
  expect([...dead.features!]).toEqual([0]);
  const constant = await runOnnx(
    convert(network([{ weight: 0, bias: 3 }]), { conv: [3, 3] }),
    white,
    SIZE,
    SIZE,
  );
  expect(constant.features![0]).toBeCloseTo(3, 5);
});

test('a cut that the range does not imply stays', async () => {
  const model = network([{ weight: 1, bias: 0 }]);
  const relu1 = { name: 'cut', className: 'ReLU', config: { max_value: 1 }, inputs: ['conv'] };
  const mean = { ...model.layers[2]!, inputs: ['cut'] };
  const cut = { ...model, layers: [...model.layers.slice(0, 2), relu1, mean] };
  const { features } = await runOnnx(convert(cut, { conv: [0, 3], cut: [0, 2] }), white, SIZE, SIZE);
  expect(features![0]).toBeCloseTo(1, 2);
});

test.each<[string, Calibration | undefined, RegExp]>([
  ['no calibration', undefined, /int8 needs a calibration/],
  ['no range for a layer', { other: [0, 1] }, /no range for the layer "conv"/],
  ['a range that is not a number', { conv: [0, Number.NaN] }, /"conv" is \[0, NaN\]/],
  ['an endless range', { conv: [-Infinity, 1] }, /"conv" is \[-Infinity, 1\]/],
  ['a range turned round', { conv: [1, 0] }, /"conv" is \[1, 0\]/],
  ['a range that float32 cannot hold', { conv: [0, 1e300] }, /"conv" is \[0, 1e\+300\]/],
  ['half a range', { conv: [1] as unknown as [number, number] }, /"conv" is \[1\], which is no range/],
  ['a number for a range', { conv: 6 as unknown as [number, number] }, /"conv" is 6, which is no range/],
  ['texts for a range', { conv: ['0', '6'] as unknown as [number, number] }, /"conv" is \[0, 6\]/],
])('%s is refused', (_, calibration, message) => {
  const attempt = () => convert(network([{ weight: 1, bias: 0 }]), calibration);
  expect(attempt).toThrow(InvalidModelError);
  expect(attempt).toThrow(message);
});
