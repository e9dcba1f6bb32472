/**
 * The whole MobileNetV2 against TensorFlow.js: as Keras builds it, with random weights, and with the weights of ImageNet
 * from the shared folder, where that is present.
 */
import { existsSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { convertLayersModel } from '../../../../core/onnx/convert.ts';
import type { LayersModel } from '../../../../core/onnx/layers-model.ts';
import { BASES, readBase } from '../../../helpers/layers-models.ts';
import {
  calibrate,
  inputOf,
  largest,
  largestDifference,
  randomPixels,
  readSaved,
  runOnnx,
  runTensorFlow,
  seedWeights,
} from './parity.ts';

const { layers } = tf;
type Symbolic = tf.SymbolicTensor;
const apply = (layer: tf.layers.Layer, value: Symbolic | Symbolic[]) => layer.apply(value) as Symbolic;

/** [expansion, channels, blocks, stride] of each stage (Sandler et al., "MobileNetV2", 2018, table 2). */
const STAGES = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

/** As keras.applications builds it, batch normalisation, explicit padding at stride 2 and dropout included. */
function mobileNetV2({
  size,
  width,
  classes,
}: {
  size: number;
  width: number;
  classes: number;
}): tf.LayersModel {
  const wide = (channels: number) => Math.max(8, Math.round((channels * width) / 8) * 8);
  const input = tf.input({ shape: [size, size, 3] });
  const normalized = (value: Symbolic, cut: boolean) => {
    const output = apply(layers.batchNormalization({ epsilon: 1e-3 }), value);
    return cut ? apply(layers.reLU({ maxValue: 6 }), output) : output;
  };
  const pointwise = (value: Symbolic, filters: number, cut: boolean) =>
    normalized(apply(layers.conv2d({ filters, kernelSize: 1, padding: 'same', useBias: false }), value), cut);
  /** Keras' `correct_pad`: an even size gets a row and a column at the end only. */
  const padded = (value: Symbolic) => {
    const before = value.shape[1]! % 2;
    const sides: [number, number] = [before, 1];
    return apply(layers.zeroPadding2d({ padding: [sides, sides] }), value);
  };
  const stem = layers.conv2d({
    filters: wide(32),
    kernelSize: 3,
    strides: 2,
    padding: 'same',
    useBias: false,
  });
  let value = normalized(apply(stem, input), true);
  for (const [expansion, channels, blocks, stride] of STAGES) {
    for (let block = 0; block < blocks; block++) {
      const strides = block === 0 ? stride : 1;
      const from = value.shape[3]!;
      let inner = expansion === 1 ? value : pointwise(value, from * expansion, true);
      if (strides === 2) inner = padded(inner);
      const padding = strides === 2 ? 'valid' : 'same';
      inner = apply(layers.depthwiseConv2d({ kernelSize: 3, strides, padding, useBias: false }), inner);
      inner = pointwise(normalized(inner, true), wide(channels), false);
      value = block > 0 ? apply(layers.add(), [value, inner]) : inner;
    }
  }
  value = apply(layers.globalAveragePooling2d({}), pointwise(value, wide(1280), true));
  value = apply(layers.dropout({ rate: 0.2 }), value);
  const output = apply(layers.dense({ units: classes, activation: 'softmax' }), value);
  return tf.model({ inputs: input, outputs: output });
}

test.each([64, 75])(
  'MobileNetV2 as Keras builds it gives the features of TensorFlow.js at %i pixels',
  async (size) => {
    const classifier = seedWeights(mobileNetV2({ size, width: 0.35, classes: 5 }));
    const features = classifier.layers.at(-3)!.output as Symbolic;
    const model = tf.model({ inputs: classifier.inputs, outputs: features });
    const input = inputOf(size, size);
    const pixels = randomPixels(1, size, size);
    const onnx = convertLayersModel(await readSaved(classifier), { input, precision: 'float32' });
    const answers = await runOnnx(onnx, pixels, size, size);
    const expected = runTensorFlow(model, pixels, input);
    expect(largest(expected)).toBeGreaterThan(0.1);
    expect(largestDifference(answers.features!, expected)).toBeLessThan(1e-4 * largest(expected));
  },
);

/** A chain of convolutions with residuals, layer by layer in TensorFlow.js. */
function asTensorFlow(source: LayersModel, size: number): tf.LayersModel {
  const values = new Map<string, Symbolic>();
  let input: Symbolic | undefined;
  for (const { name, className, config, inputs } of source.layers) {
    const [value] = inputs.map((from) => values.get(from)!);
    if (className === 'InputLayer') {
      input = tf.input({ shape: [size, size, 3] });
      values.set(name, input);
    } else if (className === 'Add') {
      values.set(
        name,
        apply(
          layers.add({ name }),
          inputs.map((from) => values.get(from)!),
        ),
      );
    } else if (className === 'GlobalAveragePooling2D') {
      values.set(name, apply(layers.globalAveragePooling2d({ name }), value!));
    } else {
      const isDepthwise = className === 'DepthwiseConv2D';
      const kernel = source.weights.get(`${name}/${isDepthwise ? 'depthwise_kernel' : 'kernel'}`)!;
      const [height, width, , filters] = kernel.shape as [number, number, number, number];
      // biome-ignore lint/suspicious/noExplicitAny: the config is checked by the layer
      const shared: any = { name, kernelSize: [height, width], ...config };
      const layer = isDepthwise ? layers.depthwiseConv2d(shared) : layers.conv2d({ ...shared, filters });
      values.set(name, apply(layer, value!));
      const bias = source.weights.get(`${name}/bias`)!;
      layer.setWeights([kernel, bias].map((weight) => tf.tensor(weight.values, [...weight.shape])));
    }
  }
  return tf.model({ inputs: input!, outputs: values.get(source.outputs)! });
}

/** Some seconds alone on a machine, and many times that beside other work. */
const PLAIN_JAVASCRIPT_MS = 240_000;

const shared = 'mobilenet_v2_1.0_224';
const testIfShared = existsSync(`${BASES}/${shared}`) ? test : test.skip;

testIfShared(
  `${shared} of ../shared/models gives the features of TensorFlow.js, in int8 nearly`,
  async () => {
    const size = 224;
    const source = readBase(shared);
    const input = inputOf(size, size, { mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] });
    const pixels = randomPixels(1, size, size);
    const expected = runTensorFlow(asTensorFlow(source, size), pixels, input);
    const calibration = await calibrate(source, input, pixels, 'features');
    const run = async (precision: 'float32' | 'int8') => {
      const onnx = convertLayersModel(source, { input, precision, calibration, head: 'features' });
      return (await runOnnx(onnx, pixels, size, size)).features!;
    };
    expect(largestDifference(await run('float32'), expected)).toBeLessThan(1e-4);
    expect(cosine(await run('int8'), expected)).toBeGreaterThan(0.95);
  },
  PLAIN_JAVASCRIPT_MS,
);

function cosine(one: Float32Array, other: Float32Array): number {
  const dot = (a: Float32Array, b: Float32Array) =>
    a.reduce((sum, value, index) => sum + value * b[index]!, 0);
  return dot(one, other) / Math.sqrt(dot(one, one) * dot(other, other));
}
