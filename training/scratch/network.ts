/**
 * @module training/scratch/network
 * `--network scratch`: stages of 3 x 3 convolution, ReLU and 2 x 2 max-pooling, then dense layers. The last dense
 * layer before the softmax gives the features.
 */
import { ConfigurationError } from '../../core/errors.ts';
import type { Base } from '../base/base.ts';
import type { Engine } from '../engine.ts';
import { inputLayer, layerJson, type Network, topologyOf, ZEROS } from '../network/network.ts';
import type { Settings } from '../settings.ts';
import { drawWeights } from './initial-weights.ts';

/** Pixels of a side, where `--size` is 0. */
const SIZE = 128;
const SMALLEST_STAGES = 3;

/**
 * The network that training starts from, with seeded random weights. Throws {@link ConfigurationError} for an engine
 * without gradients of convolutions, or for stages and layers that make no network.
 */
export function startFromScratch(settings: Settings, engine: Pick<Engine, 'name'>): Base {
  if (engine.name === 'wasm') {
    throw new ConfigurationError(
      'A network from scratch needs gradients of convolutions, and the engine wasm has none. Run npm run setup:tfjs-node once, which completes the engine node; --engine cpu works without it, but a hundred times slower.',
    );
  }
  const size = settings.size || SIZE;
  const filters = readCounts(settings.filters, 'filters');
  const dense = readCounts(settings.dense, 'dense');
  if (filters.length < SMALLEST_STAGES)
    throw new ConfigurationError(
      `--filters is ${settings.filters}: a network from scratch has at least three stages.`,
    );
  if (size < 2 ** filters.length)
    throw new ConfigurationError(
      `${size} pixels can't be halved ${filters.length} times. Use fewer --filters or a larger --size.`,
    );
  return {
    name: 'scratch',
    input: {
      width: size,
      height: size,
      resize: { fit: 'cover', kernel: 'lanczos3', background: [255, 255, 255] },
      // Pixels as numbers from -1 to 1.
      scaling: { mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] },
    },
    l2: 0,
    network: scratchNetwork({ size, filters, dense, seed: settings.seed }),
    contentHash: null,
  };
}

/** The layers up to the features, with weights that the seed decides. */
export function scratchNetwork({
  size,
  filters,
  dense,
  seed,
}: {
  size: number;
  filters: readonly number[];
  dense: readonly number[];
  seed: number;
}): Network {
  const layers = [inputLayer({ width: size, height: size })];
  const weights: Network['weights'] = [];
  const add = (className: string, config: Record<string, unknown> & { name: string }) =>
    layers.push(layerJson(className, config, [layers.at(-1)!.name]));
  const draw = (name: string, shape: number[]) =>
    weights.push(drawWeights(`${name}/kernel`, shape, seed), {
      name: `${name}/bias`,
      shape: [shape.at(-1)!],
      values: new Float32Array(shape.at(-1)!),
    });
  // Weights come from the file: zeros save drawing random numbers that are thrown away.
  const shared = { activation: 'relu', use_bias: true, kernel_initializer: ZEROS, bias_initializer: ZEROS };
  const picture = { padding: 'same', data_format: 'channels_last' };
  const window = { ...picture, padding: 'valid', pool_size: [2, 2], strides: [2, 2] };

  let [channels, side] = [3, size];
  for (const [stage, count] of filters.entries()) {
    const name = `conv_${stage + 1}`;
    add('Conv2D', { ...shared, ...picture, name, filters: count, kernel_size: [3, 3], strides: [1, 1] });
    draw(name, [3, 3, channels, count]);
    add('MaxPooling2D', { ...window, name: `pool_${stage + 1}` });
    [channels, side] = [count, Math.floor(side / 2)];
  }
  add('Flatten', { name: 'flatten', data_format: 'channels_last' });
  let length = side * side * channels;
  for (const [index, units] of dense.entries()) {
    const name = index === dense.length - 1 ? 'features' : `dense_${index + 1}`;
    add('Dense', { ...shared, name, units });
    draw(name, [length, units]);
    length = units;
  }
  return { topology: topologyOf('scratch', layers), weights };
}

function readCounts(text: string, key: string): number[] {
  const counts = text.split(',').map(Number);
  const areCounts = counts.every((count) => Number.isInteger(count) && count >= 1 && count <= 4096);
  if (areCounts) return counts;
  throw new ConfigurationError(`--${key} is ${JSON.stringify(text)}, expected numbers such as 32,64,128.`);
}
