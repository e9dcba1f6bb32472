/**
 * Sizes, numbers and weights that can't be, by accident or on purpose: refused by the name of what is wrong, at once.
 */
import * as tf from '@tensorflow/tfjs';
import { MOST_WEIGHTS } from '../../../../core/onnx/limits.ts';
import { configOf, convert, insert, layer, put, refusal, SIZE, weightOf, weightsOf } from './hostile.ts';
import { branchedModel, type SavedModel, saveModel, seedWeights } from './parity.ts';

const { layers } = tf;

let saved: SavedModel;
beforeEach(async () => {
  saved = await saveModel(branchedModel(SIZE));
});

test.each<[string, (model: SavedModel) => void, RegExp]>([
  [
    'a billion units',
    (m) => put(configOf(m, 'head'), { units: 1e9 }),
    /"head" \(Dense\): units is 1000000000, but its weights are made for 3/,
  ],
  [
    'a billion filters',
    (m) => put(configOf(m, 'one'), { filters: 1e9 }),
    /"one" \(Conv2D\): filters is 1000000000, but its weights are made for 4/,
  ],
  [
    'another window than its kernel',
    (m) => put(configOf(m, 'one'), { kernel_size: [1, 1] }),
    /"one" \(Conv2D\): kernel_size is \[1,1\], but .* 3 x 3/,
  ],
  [
    'a billion units, in the weights too',
    (m) => {
      configOf(m, 'head').units = 1e9;
      weightOf(m, 'head/kernel').shape = [4, 1e9];
    },
    /head\/kernel has the shape \[4, 1000000000\], too large/,
  ],
  [
    'a hundred million units, in the weights too',
    (m) => put(weightOf(m, 'head/kernel'), { shape: [4, 1e8] }),
    /weights\.bin has the wrong length: expected \d+ bytes/,
  ],
  [
    'a shape below zero',
    (m) => put(weightOf(m, 'head/kernel'), { shape: [-4, -3] }),
    /head\/kernel.*shape\.0/,
  ],
  [
    'a shape of parts',
    (m) => put(weightOf(m, 'head/kernel'), { shape: [2.5, 4.8] }),
    /head\/kernel.*shape\.0/,
  ],
  ['a weight without a shape', (m) => void delete weightOf(m, 'head/kernel').shape, /head\/kernel.*shape/],
  [
    'a weight without a name',
    (m) => void delete weightOf(m, 'head/kernel').name,
    /weight that can't be read.*name/,
  ],
  [
    'a weight of the type constructor',
    (m) => put(weightOf(m, 'head/kernel'), { dtype: 'constructor' }),
    /head\/kernel is of the type constructor/,
  ],
  [
    'a scale that is a text',
    (m) => put(weightOf(m, 'head/kernel'), { quantization: { dtype: 'uint8', scale: '1', min: 0 } }),
    /head\/kernel.*quantization\.scale/,
  ],
  [
    'a scale that is endless',
    (m) => {
      weightOf(m, 'head/bias').quantization = { dtype: 'uint8', scale: 1e308, min: 1e308 };
      m.shards.set('weights.bin', m.shards.get('weights.bin')!.slice(0, -9));
    },
    /head\/bias holds Infinity/,
  ],
  [
    'a weight listed twice',
    (m) => void weightsOf(m).push(weightOf(m, 'head/bias')),
    /weight head\/bias is listed twice/,
  ],
  [
    'a file listed 1,000 times',
    (m) => put(m.modelJson.weightsManifest[0], { paths: Array(1000).fill('weights.bin') }),
    /file weights\.bin is listed twice/,
  ],
  [
    'a file in many groups',
    (m) => put(m.modelJson, { weightsManifest: Array(1000).fill(m.modelJson.weightsManifest[0]) }),
    /file weights\.bin is listed twice/,
  ],
  [
    'more weights than any network has',
    (m) =>
      void weightsOf(m).push(
        ...Array.from({ length: MOST_WEIGHTS }, (_, at) => ({
          name: `w${at}/kernel`,
          shape: [0],
          dtype: 'float32',
        })),
      ),
    /more than 20000 weights/,
  ],
  [
    'a group that is null',
    (m) => put(m.modelJson, { weightsManifest: [null] }),
    /group without paths or weights: null/,
  ],
  [
    'padding of a billion',
    (m) => insert(m, layer('ZeroPadding2D', 'pad', 'picture', { padding: 1e9 }), layer('ReLU', 'cut', 'pad')),
    /"pad" \(ZeroPadding2D\): its output would have the shape \[2000000008/,
  ],
  [
    'padding of a billion before a convolution',
    (m) => {
      insert(m, layer('ZeroPadding2D', 'pad', 'picture', { padding: 1e9 }));
      configOf(m, 'one').padding = 'valid';
    },
    /"one".*its output would have the shape \[2000000006/,
  ],
  ['strides of 0', (m) => put(configOf(m, 'one'), { strides: 0 }), /"one".*strides is 0/],
  [
    'strides of half a pixel',
    (m) => put(configOf(m, 'one'), { strides: [0.5, 1] }),
    /"one".*strides is \[0\.5,1\]/,
  ],
  [
    'a dilation of a billion',
    (m) => put(configOf(m, 'one'), { dilation_rate: 1e9 }),
    /"one".*dilation_rate is 1000000000/,
  ],
  ['groups that do not divide', (m) => put(configOf(m, 'one'), { groups: 1.5 }), /"one".*don't fit/],
  [
    'a slope without end',
    (m) => insert(m, layer('LeakyReLU', 'leaky', 'picture', { alpha: Infinity })),
    /"leaky" \(LeakyReLU\): alpha is Infinity/,
  ],
  [
    'a scale without end',
    (m) => insert(m, layer('Rescaling', 're', 'picture', { scale: Infinity })),
    /"re" \(Rescaling\): scale is Infinity/,
  ],
  [
    'a reshape with two open sizes',
    (m) => insert(m, layer('Reshape', 'shape', 'picture', { target_shape: [-1, -1, 3] })),
    /"shape" \(Reshape\): of \[-1, -1, 3\] two sizes are open/,
  ],
])('%s is refused by name', (_, change, message) => {
  change(saved);
  expect(refusal(saved).message).toMatch(message);
});

test.each([Number.NaN, Infinity, -Infinity])('weights of %f are refused by name and place', (value) => {
  const bytes = saved.shards.get('weights.bin')!.slice();
  new DataView(bytes.buffer).setFloat32(40, value, true);
  saved.shards.set('weights.bin', bytes);
  expect(refusal(saved).message).toMatch(new RegExp(`one/kernel holds ${value} at 10`));
});

test('a depthwise kernel of other channels than its input is refused', async () => {
  const model = tf.sequential({
    layers: [
      layers.depthwiseConv2d({
        kernelSize: 3,
        depthMultiplier: 2,
        inputShape: [SIZE, SIZE, 3],
        name: 'deep',
      }),
      layers.globalAveragePooling2d({}),
      layers.dense({ units: 2, activation: 'softmax' }),
    ],
  });
  saved = await saveModel(seedWeights(model));
  expect(convert(saved).length).toBeGreaterThan(0);
  // Six outputs again, and as many values: only the channels differ.
  weightOf(saved, 'deep/depthwise_kernel').shape = [3, 3, 6, 1];
  expect(refusal(saved).message).toMatch(/"deep".*\[3, 3, 6, 1\], its input 3 channels/);
});
test.each<[string, (model: SavedModel) => void, RegExp]>([
  [
    'of an axis that is not the channels',
    (m) => put(configOf(m, 'bn'), { axis: 1 }),
    /"bn" \(BatchNormalization\): axis 1/,
  ],
  [
    'with weights of two lengths',
    (m) => {
      weightOf(m, 'bn/gamma').shape = [3];
      weightOf(m, 'bn/beta').shape = [5];
    },
    /"bn" \(BatchNormalization\): its weights have 3, 5, 4, 4 values/,
  ],
])('a batch normalisation %s is not folded but refused', async (_, change, message) => {
  const model = tf.sequential({
    layers: [
      layers.conv2d({ filters: 4, kernelSize: 1, inputShape: [SIZE, SIZE, 3], name: 'conv' }),
      layers.batchNormalization({ name: 'bn' }),
      layers.globalAveragePooling2d({}),
      layers.dense({ units: 2, activation: 'softmax' }),
    ],
  });
  saved = await saveModel(seedWeights(model));
  change(saved);
  expect(refusal(saved).message).toMatch(message);
});
