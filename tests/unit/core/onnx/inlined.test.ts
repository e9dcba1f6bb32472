/**
 * Models within models, which are put in their place, and layers of training only, which are left out.
 */
import * as tf from '@tensorflow/tfjs';
import { convertLayersModel } from '../../../../core/onnx/convert.ts';
import { readLayersModel } from '../../../../core/onnx/read-layers-model.ts';
import {
  branchedModel,
  inputOf,
  largestDifference,
  randomPixels,
  readSaved,
  runOnnx,
  runTensorFlow,
  type SavedModel,
  saveModel,
  seedWeights,
  softmax,
} from './parity.ts';

const { layers } = tf;
const SIZE = 8;
const input = inputOf(SIZE, SIZE);

let saved: SavedModel;
beforeEach(async () => {
  saved = await saveModel(branchedModel(SIZE));
});

const convert = ({ modelJson, shards }: SavedModel) =>
  convertLayersModel(readLayersModel(modelJson, shards), { input, precision: 'float32' });
const same = (one: Uint8Array, other: Uint8Array) => Buffer.compare(one, other) === 0;
const configOf = (name: string) =>
  // biome-ignore lint/suspicious/noExplicitAny: JSON as it is
  saved.modelJson.modelTopology.config.layers.find((layer: any) => layer.config.name === name);

test.each([
  'Dropout',
  'SpatialDropout2D',
  'AlphaDropout',
  'GaussianDropout',
  'GaussianNoise',
  'ActivityRegularization',
  'RandomBrightness',
  'RandomContrast',
  'RandomFlip',
  'RandomHeight',
  'RandomRotation',
  'RandomTranslation',
  'RandomWidth',
  'RandomZoom',
])('a model with a %s, which works in training only, is as without it (case 42)', (className) => {
  const expected = convert(saved);
  const config = { name: 'random', rate: 0.5, factor: 0.1 };
  saved.modelJson.modelTopology.config.layers.push({
    class_name: className,
    name: 'random',
    config,
    inbound_nodes: [[['picture', 0, 0, {}]]],
  });
  configOf('one').inbound_nodes = [[['random', 0, 0, {}]]];
  expect(same(convert(saved), expected)).toBe(true);
});

test('a model that repeats the names of its layers in a model within is converted, each by its own weights (case 41)', async () => {
  const inner = tf.sequential({
    name: 'base',
    layers: [
      layers.conv2d({ filters: 3, kernelSize: 3, inputShape: [SIZE, SIZE, 3], name: 'conv' }),
      layers.globalAveragePooling2d({ name: 'pool' }),
      layers.dense({ units: 4, activation: 'relu', name: 'inner' }),
    ],
  });
  const head = layers.dense({ units: 2, activation: 'softmax', name: 'outer' });
  const model = seedWeights(tf.sequential({ layers: [inner, head] }));
  saved = await saveModel(model);
  const text = JSON.stringify(saved.modelJson);
  // Only now: TensorFlow.js itself would number the second.
  saved.modelJson = JSON.parse(text.replaceAll('"inner', '"base/dense').replaceAll('"outer', '"dense'));
  const [inside] = saved.modelJson.modelTopology.config.layers;
  inside.config.layers[2].config.name = 'dense';
  const read = readLayersModel(saved.modelJson, saved.shards);
  expect(read.layers.map(({ name }) => name)).toEqual([
    'base/conv_input',
    'base/conv',
    'base/pool',
    'base/dense',
    'dense',
  ]);
  const pixels = randomPixels(2, SIZE, SIZE);
  const { logits } = await runOnnx(
    convertLayersModel(read, { input, precision: 'float32' }),
    pixels,
    SIZE,
    SIZE,
  );
  expect(largestDifference(softmax(logits!, 2), runTensorFlow(model, pixels, input))).toBeLessThan(1e-6);
});

test('a model within a model within a model is converted in its place (case 41)', async () => {
  const inner = tf.sequential({
    layers: [
      layers.conv2d({ filters: 3, kernelSize: 3, inputShape: [SIZE, SIZE, 3], name: 'a' }),
      layers.reLU(),
    ],
  });
  const middleInput = tf.input({ shape: [SIZE, SIZE, 3] });
  const middle = tf.model({
    inputs: middleInput,
    outputs: layers.batchNormalization({ name: 'b' }).apply(inner.apply(middleInput)) as tf.SymbolicTensor,
  });
  const outer = tf.sequential({
    layers: [
      middle,
      layers.globalAveragePooling2d({}),
      layers.dense({ units: 4, name: 'c', activation: 'softmax' }),
    ],
  });
  const pixels = randomPixels(2, SIZE, SIZE);
  const onnx = convertLayersModel(await readSaved(seedWeights(outer)), { input, precision: 'float32' });
  const { logits } = await runOnnx(onnx, pixels, SIZE, SIZE);
  expect(largestDifference(softmax(logits!, 4), runTensorFlow(outer, pixels, input))).toBeLessThan(1e-6);
});
