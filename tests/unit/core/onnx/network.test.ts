/**
 * Whole networks: classifiers and bases, float32 and int8, against TensorFlow.js.
 */
import * as tf from '@tensorflow/tfjs';
import onnxProto from 'onnx-proto';
import { calibrationGraph, convertLayersModel } from '../../../../core/onnx/convert.ts';
import { readLayersModel } from '../../../../core/onnx/read-layers-model.ts';
import {
  calibrate,
  featuresOf,
  inputOf,
  largest,
  largestDifference,
  randomPixels,
  readSaved,
  runOnnx,
  runTensorFlow,
  saveModel,
  seedWeights,
  softmax,
} from './parity.ts';

const { layers } = tf;
const SIZE = 17;
const CLASSES = 5;

const block = (filters: number, strides: number) => [
  layers.conv2d({ filters, kernelSize: 3, strides, padding: 'same', useBias: false }),
  layers.batchNormalization(),
  layers.reLU({ maxValue: 6 }),
];

/** Three convolutions with batch normalisation, as the classifier that training makes from scratch. */
function classifier(ending: tf.layers.Layer[] = [layers.dense({ units: CLASSES, activation: 'softmax' })]) {
  const [first, ...rest] = [
    ...block(4, 2),
    ...block(6, 1),
    ...block(8, 2),
    layers.globalAveragePooling2d({}),
  ];
  const model = tf.sequential();
  model.add(layers.inputLayer({ inputShape: [SIZE, SIZE, 3] }));
  for (const layer of [first!, ...rest, layers.dropout({ rate: 0.2 }), ...ending]) model.add(layer);
  return seedWeights(model);
}

/** An inverted residual, as in the base networks. */
function residualBase() {
  const input = tf.input({ shape: [SIZE, SIZE, 3] });
  const apply = (layer: tf.layers.Layer, value: tf.SymbolicTensor | tf.SymbolicTensor[]) =>
    layer.apply(value) as tf.SymbolicTensor;
  const stem = apply(layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, padding: 'same' }), input);
  let branch = apply(layers.conv2d({ filters: 12, kernelSize: 1, activation: 'relu6' }), stem);
  branch = apply(layers.depthwiseConv2d({ kernelSize: 5, padding: 'same', activation: 'relu6' }), branch);
  branch = apply(layers.conv2d({ filters: 4, kernelSize: 1 }), branch);
  const sum = apply(layers.add(), [stem, branch]);
  const pooled = apply(layers.maxPooling2d({ poolSize: 2 }), sum);
  return seedWeights(tf.model({ inputs: input, outputs: apply(layers.globalAveragePooling2d({}), pooled) }));
}

/** Squeeze and excite: a vector in the midst of a network, multiplied upon a picture. */
function squeezeBase() {
  const input = tf.input({ shape: [SIZE, SIZE, 3] });
  const apply = (layer: tf.layers.Layer, value: tf.SymbolicTensor | tf.SymbolicTensor[]) =>
    layer.apply(value) as tf.SymbolicTensor;
  const stem = apply(layers.conv2d({ filters: 4, kernelSize: 3, activation: 'swish' }), input);
  let gate = apply(layers.globalAveragePooling2d({}), stem);
  gate = apply(layers.reshape({ targetShape: [1, 1, 4] }), gate);
  gate = apply(layers.conv2d({ filters: 4, kernelSize: 1, activation: 'sigmoid' }), gate);
  const product = apply(layers.multiply(), [stem, gate]);
  return seedWeights(tf.model({ inputs: input, outputs: apply(layers.globalAveragePooling2d({}), product) }));
}

const operatorsOf = (onnx: Uint8Array) =>
  onnxProto.onnx.ModelProto.decode(onnx).graph!.node!.map((node) => node.opType!);

describe('a network of three convolutions with batch normalisation', () => {
  const input = inputOf(SIZE, SIZE);
  const pixels = randomPixels(3, SIZE, SIZE);

  test.each([
    ['Dense with softmax', () => [layers.dense({ units: CLASSES, activation: 'softmax' })]],
    [
      'Dense and Activation',
      () => [layers.dense({ units: CLASSES }), layers.activation({ activation: 'softmax' })],
    ],
    ['Dense and Softmax', () => [layers.dense({ units: CLASSES }), layers.softmax({})]],
  ])('gives the probabilities of TensorFlow.js when it ends in %s (case 82)', async (_, ending) => {
    const model = classifier(ending());
    const onnx = convertLayersModel(await readSaved(model), { input, precision: 'float32' });
    const { logits, features } = await runOnnx(onnx, pixels, SIZE, SIZE);
    const expected = runTensorFlow(model, pixels, input);
    expect(largestDifference(softmax(logits!, CLASSES), expected)).toBeLessThan(1e-6);
    expect(features).toHaveLength(3 * 8);
    expect(operatorsOf(onnx)).not.toContain('Softmax');
  });

  test('has its batch normalisations folded and its clips left to the 8 bits', async () => {
    const model = await readSaved(classifier());
    const calibration = await calibrate(model, input, pixels);
    const float32 = operatorsOf(convertLayersModel(model, { input, precision: 'float32' }));
    const int8 = operatorsOf(convertLayersModel(model, { input, precision: 'int8', calibration }));
    expect(float32.filter((name) => ['Mul', 'Add', 'BatchNormalization'].includes(name))).toEqual([]);
    expect(int8.filter((name) => ['Clip', 'Relu', 'Sub', 'Div', 'Cast'].includes(name))).toEqual([]);
    expect(int8.filter((name) => name === 'QuantizeLinear')).toHaveLength(3);
    expect(Object.keys(calibration)).toHaveLength(3);
  });

  test('answers in int8 as in float32, within some hundredths of a probability', async () => {
    const model = classifier();
    const source = await readSaved(model);
    const calibration = await calibrate(source, input, pixels);
    const onnx = convertLayersModel(source, { input, precision: 'int8', calibration });
    const { logits } = await runOnnx(onnx, pixels, SIZE, SIZE);
    const difference = largestDifference(softmax(logits!, CLASSES), runTensorFlow(model, pixels, input));
    expect(difference).toBeLessThan(0.03);
    expect(difference).toBeGreaterThan(0);
  });

  // Case 47: the newest onnxruntime that is used reads up to IR 13, the oldest in question IR 8.
  test('converts to the same bytes each time, of IR 8 and opset 17 (case 47)', async () => {
    const { modelJson, shards } = await saveModel(classifier());
    const read = () => readLayersModel(structuredClone(modelJson), shards);
    const calibration = await calibrate(read(), input, pixels);
    for (const precision of ['float32', 'int8'] as const) {
      const one = convertLayersModel(read(), { input, precision, calibration });
      const other = convertLayersModel(read(), { input, precision, calibration });
      expect(Buffer.compare(one, other)).toBe(0);
      const { irVersion, opsetImport, producerName } = onnxProto.onnx.ModelProto.decode(one);
      expect([Number(irVersion), Number(opsetImport![0]!.version), opsetImport!.length]).toEqual([8, 17, 1]);
      expect(producerName).toBe('pawprint');
    }
  });

  test('gives the range of each layer in its calibration graph, and the usual outputs', async () => {
    const model = await readSaved(classifier());
    const { onnx, layers: names } = calibrationGraph(model, { input });
    const outputs = await runOnnx(onnx, pixels, SIZE, SIZE);
    const usual = await runOnnx(
      convertLayersModel(model, { input, precision: 'float32' }),
      pixels,
      SIZE,
      SIZE,
    );
    expect(Object.keys(outputs).sort()).toEqual(
      ['features', 'logits', ...names.flatMap((name) => [`${name}:min`, `${name}:max`])].sort(),
    );
    expect(outputs.logits).toEqual(usual.logits);
    for (const name of names) {
      expect(outputs[`${name}:min`]![0]).toBe(0);
      expect(outputs[`${name}:max`]![0]).toBeLessThanOrEqual(6);
    }
  });
});

describe.each([
  ['with an inverted residual', residualBase],
  ['with squeeze and excite', squeezeBase],
])('a base %s', (_, build) => {
  test('gives the features of TensorFlow.js', async () => {
    const { expected, float32, int8 } = await featuresOf(build(), inputOf(SIZE, SIZE));
    expect(largestDifference(float32, expected)).toBeLessThan(1e-5 * largest(expected));
    expect(largestDifference(int8, expected)).toBeLessThan(0.04 * largest(expected));
  });
});
