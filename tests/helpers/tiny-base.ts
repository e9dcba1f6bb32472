/**
 * @module tests/helpers/tiny-base
 * A base network of three layers with random weights, so that a whole training takes seconds:
 *
 *     await writeTinyBase(folder);
 *     spawn(node, ['training/train.ts', '--data', photographs, '--base', folder])
 *
 * On pictures of a few plain colours its features are good enough for a head to be nearly always right.
 */
import {
  inputLayer,
  layerJson,
  type Network,
  roundWeights,
  topologyOf,
  type Weight,
} from '../../training/network/network.ts';
import { randomSource } from '../../training/random.ts';
import { writeBase } from './write-base.ts';

export interface TinyBaseOptions {
  /** Pixels of a side. */
  size?: number;
  /** Numbers that it says of a picture. */
  features?: number;
  seed?: number;
}

/** Conv2D (stride 2, relu6), DepthwiseConv2D (relu6), 1x1 Conv2D (relu6), global average. */
export function tinyNetwork({ size = 32, features = 24, seed = 1 }: TinyBaseOptions = {}): Network {
  const random = randomSource(`tiny base ${seed}`);
  const channels = 12;
  const weight = (name: string, shape: number[], fanIn: number): Weight => {
    const length = shape.reduce((a, b) => a * b, 1);
    // He's scale: values neither die out nor run into the 6 of relu6.
    return {
      name,
      shape,
      values: Float32Array.from({ length }, () => (2 * random() - 1) * Math.sqrt(6 / fanIn)),
    };
  };
  const shared = { padding: 'same', data_format: 'channels_last', activation: 'relu6', use_bias: true };
  const topology = topologyOf('tiny', [
    inputLayer({ width: size, height: size }),
    layerJson(
      'Conv2D',
      { ...shared, name: 'conv', filters: channels, kernel_size: [3, 3], strides: [2, 2] },
      ['pixels'],
    ),
    layerJson(
      'DepthwiseConv2D',
      { ...shared, name: 'depthwise', kernel_size: [3, 3], strides: [1, 1], depth_multiplier: 1 },
      ['conv'],
    ),
    layerJson(
      'Conv2D',
      { ...shared, name: 'expand', filters: features, kernel_size: [1, 1], strides: [1, 1] },
      ['depthwise'],
    ),
    layerJson('GlobalAveragePooling2D', { name: 'features' }, ['expand']),
  ]);
  const weights = [
    weight('conv/kernel', [3, 3, 3, channels], 27),
    weight('conv/bias', [channels], 6),
    weight('depthwise/depthwise_kernel', [3, 3, channels, 1], 9),
    weight('depthwise/bias', [channels], 6),
    weight('expand/kernel', [1, 1, channels, features], channels),
    weight('expand/bias', [features], 6),
  ];
  return roundWeights({ topology, weights }, 'float16');
}

/** Writes a tiny base as a TensorFlow.js layers model that `--base` takes. */
export function writeTinyBase(folder: string, { size = 32, ...options }: TinyBaseOptions = {}): void {
  writeBase(folder, tinyNetwork({ size, ...options }), { name: 'tiny', size });
}
