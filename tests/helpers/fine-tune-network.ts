/**
 * @module tests/helpers/fine-tune-network
 * A small base with every layer that fine-tuning goes through: strides to 16, a residual, odd sizes, 1x1, 3x3 and 5x5
 * kernels, linear, relu and relu6.
 */
import {
  inputLayer,
  type LayerJson,
  layerJson,
  type Network,
  roundWeights,
  topologyOf,
  type Weight,
} from '../../training/network/network.ts';
import { randomSource } from '../../training/random.ts';
import { writeBase } from './write-base.ts';

const SHARED = { padding: 'same', data_format: 'channels_last', use_bias: true };

/** A base for pictures of `size` pixels a side that is cut behind the layer `add_a`, at stride 8. */
export function stridedNetwork({ size = 40, seed = 1 }: { size?: number; seed?: number } = {}): Network {
  const random = randomSource(`strided base ${seed}`);
  const layers: LayerJson[] = [inputLayer({ width: size, height: size })];
  const weights: Weight[] = [];
  const channels = new Map([['pixels', 3]]);
  const addWeight = (name: string, shape: number[], fanIn: number) => {
    const length = shape.reduce((a, b) => a * b, 1);
    // He's scale: values neither die out nor run into the 6 of relu6.
    const scale = Math.sqrt(6 / fanIn);
    weights.push({ name, shape, values: Float32Array.from({ length }, () => (2 * random() - 1) * scale) });
  };
  const convolution = (
    name: string,
    from: string,
    filters: number,
    side: number,
    stride: number,
    activation: string,
  ) => {
    const before = channels.get(from)!;
    const sides = { kernel_size: [side, side], strides: [stride, stride], activation };
    layers.push(layerJson('Conv2D', { ...SHARED, ...sides, name, filters }, [from]));
    addWeight(`${name}/kernel`, [side, side, before, filters], side * side * before);
    addWeight(`${name}/bias`, [filters], 20);
    channels.set(name, filters);
  };
  const depthwise = (name: string, from: string, side: number, stride: number) => {
    const before = channels.get(from)!;
    const sides = { kernel_size: [side, side], strides: [stride, stride], activation: 'relu6' };
    layers.push(layerJson('DepthwiseConv2D', { ...SHARED, ...sides, name, depth_multiplier: 1 }, [from]));
    addWeight(`${name}/depthwise_kernel`, [side, side, before, 1], side * side);
    addWeight(`${name}/bias`, [before], 20);
    channels.set(name, before);
  };
  const block = (name: string, from: string, filters: number, side: number, stride: number) => {
    convolution(`expand_${name}`, from, 2 * channels.get(from)!, 1, 1, 'relu6');
    depthwise(`depthwise_${name}`, `expand_${name}`, side, stride);
    convolution(`project_${name}`, `depthwise_${name}`, filters, 1, 1, 'linear');
  };
  const add = (name: string, one: string, other: string) => {
    layers.push(layerJson('Add', { name }, [one, other]));
    channels.set(name, channels.get(one)!);
  };

  convolution('stem', 'pixels', 6, 3, 2, 'relu6');
  block('4', 'stem', 6, 3, 2);
  block('8', 'project_4', 6, 3, 2);
  block('8b', 'project_8', 6, 3, 1);
  add('add_a', 'project_8', 'project_8b');
  block('16', 'add_a', 8, 5, 2);
  block('16b', 'project_16', 8, 5, 1);
  add('add_b', 'project_16', 'project_16b');
  convolution('wide', 'add_b', 10, 3, 1, 'relu');
  convolution('last', 'wide', 16, 1, 1, 'relu6');
  layers.push(layerJson('GlobalAveragePooling2D', { name: 'features' }, ['last']));
  return roundWeights({ topology: topologyOf('strided', layers), weights }, 'float16');
}

/** Writes it as a TensorFlow.js layers model that `--base` takes. */
export function writeStridedBase(folder: string, { size = 40 }: { size?: number } = {}): void {
  writeBase(folder, stridedNetwork({ size }), { name: 'strided', size });
}
