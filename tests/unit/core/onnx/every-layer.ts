/**
 * @module tests/unit/core/onnx/every-layer
 * One network with a layer of (nearly) every kind that is converted, a model within it, at any even size from 8 on.
 */
import * as tf from '@tensorflow/tfjs';
import { seedWeights } from './parity.ts';

const { layers } = tf;
type Symbolic = tf.SymbolicTensor;
const apply = (layer: tf.layers.Layer, value: Symbolic | Symbolic[]) => layer.apply(value) as Symbolic;

/** A convolution and its activation as a model of its own, for pictures of 4 channels. */
function within(size: number): tf.Sequential {
  return tf.sequential({
    name: 'within',
    layers: [
      layers.conv2d({
        filters: 4,
        kernelSize: 3,
        inputShape: [size, size, 4],
        padding: 'same',
        name: 'conv',
      }),
      layers.leakyReLU({ name: 'leaky' }),
    ],
  });
}

/** A classifier of 3 classes with seeded weights. */
export function everyLayerModel(size: number): tf.LayersModel {
  const picture = tf.input({ shape: [size, size, 3], name: 'picture' });
  const half = size / 2;
  let value = apply(layers.rescaling({ scale: 0.5, offset: 0.1, name: 'rescaling' }), picture);
  value = apply(layers.zeroPadding2d({ padding: 1, name: 'pad' }), value);
  value = apply(layers.conv2d({ filters: 4, kernelSize: 3, useBias: false, name: 'stem' }), value);
  value = apply(layers.batchNormalization({ name: 'bn' }), value);
  value = apply(layers.reLU({ maxValue: 6, name: 'cut' }), value);
  const left = apply(within(size), value);
  const deep = layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', activation: 'swish', name: 'deep' });
  const right = apply(deep, value);
  const separable = layers.separableConv2d({ filters: 4, kernelSize: 3, padding: 'same', name: 'separable' });
  const third = apply(
    layers.activation({ activation: 'hardSigmoid', name: 'gate' }),
    apply(separable, value),
  );
  value = apply(layers.add({ name: 'sum' }), [left, right]);
  value = apply(layers.multiply({ name: 'product' }), [value, third]);
  value = apply(layers.concatenate({ name: 'join' }), [value, right]);
  value = apply(layers.dropout({ rate: 0.3, name: 'drop' }), value);
  const most = apply(layers.maxPooling2d({ name: 'max' }), value);
  const mean = apply(layers.averagePooling2d({ name: 'average', padding: 'same' }), value);
  value = apply(layers.maximum({ name: 'larger' }), [most, mean]);
  value = apply(layers.reshape({ targetShape: [half, half * 2, 4], name: 'shape' }), value);
  value = apply(layers.dense({ units: 4, activation: 'tanh', name: 'dense' }), value);
  const flat = apply(layers.flatten({ name: 'flat' }), value);
  const vectors = [
    apply(layers.globalAveragePooling2d({ name: 'mean' }), value),
    apply(layers.globalMaxPooling2d({ name: 'most' }), value),
    apply(layers.dense({ units: 4, activation: 'elu', name: 'hidden' }), flat),
  ];
  value = apply(layers.concatenate({ name: 'vectors' }), vectors);
  const output = apply(layers.dense({ units: 3, activation: 'softmax', name: 'head' }), value);
  return seedWeights(tf.model({ inputs: picture, outputs: output, name: 'net' }));
}
