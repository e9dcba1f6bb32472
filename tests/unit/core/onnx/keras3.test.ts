/**
 * Whole files as the converter of TensorFlow.js makes them of Keras 2 and Keras 3: the same network in each form gives the
 * same bytes.
 */
import * as tf from '@tensorflow/tfjs';
import { convertLayersModel } from '../../../../core/onnx/convert.ts';
import { readLayersModel } from '../../../../core/onnx/read-layers-model.ts';
import { asKeras2, asKeras3 } from './keras-forms.ts';
import {
  inputOf,
  largestDifference,
  randomPixels,
  runOnnx,
  type SavedModel,
  saveModel,
  seedWeights,
} from './parity.ts';

const { layers } = tf;
const SIZE = 12;
const input = inputOf(SIZE, SIZE);
type Symbolic = tf.SymbolicTensor;

/** Every kind of layer that a network of photographs is made of. */
function functional(): tf.LayersModel {
  const picture = tf.input({ shape: [SIZE, SIZE, 3], name: 'picture' });
  const apply = (layer: tf.layers.Layer, value: Symbolic | Symbolic[]) => layer.apply(value) as Symbolic;
  let value = apply(layers.rescaling({ scale: 2, offset: -0.5, name: 'rescaling' }), picture);
  value = apply(
    layers.zeroPadding2d({
      padding: [
        [0, 1],
        [0, 1],
      ],
      name: 'pad',
    }),
    value,
  );
  value = apply(
    layers.conv2d({ filters: 4, kernelSize: 3, strides: 2, useBias: false, name: 'conv' }),
    value,
  );
  value = apply(layers.batchNormalization({ name: 'bn' }), value);
  value = apply(layers.activation({ activation: 'hardSigmoid', name: 'act' }), value);
  const left = apply(layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', name: 'left' }), value);
  const right = apply(
    layers.separableConv2d({ filters: 4, kernelSize: 3, padding: 'same', name: 'right' }),
    value,
  );
  value = apply(layers.add({ name: 'sum' }), [left, right]);
  value = apply(layers.concatenate({ name: 'join' }), [value, left]);
  value = apply(layers.maxPooling2d({ name: 'max' }), value);
  value = apply(layers.globalAveragePooling2d({ name: 'mean' }), value);
  value = apply(layers.dropout({ rate: 0.5, name: 'drop' }), value);
  const output = apply(layers.dense({ units: 3, activation: 'softmax', name: 'head' }), value);
  return seedWeights(tf.model({ inputs: picture, outputs: output, name: 'net' }));
}

function sequential(): tf.LayersModel {
  return seedWeights(
    tf.sequential({
      name: 'net',
      layers: [
        layers.conv2d({ filters: 4, kernelSize: 3, inputShape: [SIZE, SIZE, 3], name: 'conv' }),
        layers.activation({ activation: 'hardSigmoid', name: 'act' }),
        layers.averagePooling2d({ padding: 'same', name: 'pool' }),
        layers.flatten({ name: 'flat' }),
        layers.dense({ units: 3, activation: 'softmax', name: 'head' }),
      ],
    }),
  );
}

const convert = ({ modelJson, shards }: SavedModel) =>
  convertLayersModel(readLayersModel(modelJson, shards), { input, precision: 'float32' });

describe.each([
  ['functional', functional],
  ['sequential', sequential],
])('a %s model', (_, build) => {
  let saved: SavedModel;
  beforeEach(async () => {
    saved = await saveModel(build());
  });

  test('in the form of Keras 2, with the names that its converter gives the weights, is the same (case 39)', () => {
    expect(Buffer.compare(convert(asKeras2(saved)), convert(saved))).toBe(0);
  });

  test('in the form of Keras 3 differs in its hard sigmoid only (cases 36, 37, 38)', async () => {
    const [own, keras3] = [convert(saved), convert(asKeras3(saved))];
    expect(Buffer.compare(own, keras3)).not.toBe(0);
    const withRelu = ({ modelJson, shards }: SavedModel): SavedModel => ({
      modelJson: JSON.parse(JSON.stringify(modelJson).replace(/hard_?sigmoid/gi, 'relu')),
      shards,
    });
    expect(Buffer.compare(convert(withRelu(saved)), convert(withRelu(asKeras3(saved))))).toBe(0);
  });

  test('of Keras 3 is known by its objects where no version is said', () => {
    const keras3 = asKeras3(saved);
    const silent = structuredClone(keras3);
    delete silent.modelJson.modelTopology.keras_version;
    expect(Buffer.compare(convert(silent), convert(keras3))).toBe(0);
  });
});

test('the hard sigmoid of Keras 3 answers by its own slope', async () => {
  const saved = await saveModel(sequential());
  const pixels = randomPixels(1, SIZE, SIZE);
  const [keras2, keras3] = await Promise.all(
    [saved, asKeras3(saved)].map(
      async (model) => (await runOnnx(convert(model), pixels, SIZE, SIZE)).logits!,
    ),
  );
  expect(largestDifference(keras2!, keras3!)).toBeGreaterThan(1e-3);
});
