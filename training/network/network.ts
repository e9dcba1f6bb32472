/**
 * @module training/network/network
 * A network as a TensorFlow.js layers model holds it: the topology in Keras' JSON form, and named weights.
 */
import { DataError } from '../../core/errors.ts';
import { roundToFloat16 } from './float16.ts';

export interface Weight {
  name: string;
  shape: readonly number[];
  values: Float32Array;
}

/** [name of the layer before, its node, its output, arguments]. */
type Inbound = [string, number, number, object];

export interface LayerJson {
  class_name: string;
  name: string;
  config: Record<string, unknown>;
  inbound_nodes: Inbound[][];
}

export interface Topology {
  class_name: 'Functional' | 'Model';
  config: {
    name: string;
    layers: LayerJson[];
    input_layers: unknown;
    output_layers: unknown;
  };
}

export interface Network {
  topology: Topology;
  weights: Weight[];
}

/** How weights are saved. */
export type WeightType = 'float16' | 'float32';

/** Name of the classifying layer that training puts on a base. */
export const HEAD = 'breeds';

/** A layer in Keras' JSON form, fed by the layers `inputs`. */
export function layerJson(
  className: string,
  config: Record<string, unknown> & { name: string },
  inputs: readonly string[],
): LayerJson {
  const inbound = inputs.map((input): Inbound => [input, 0, 0, {}]);
  return {
    class_name: className,
    name: config.name,
    config,
    inbound_nodes: inputs.length > 0 ? [inbound] : [],
  };
}

/** A topology of layers of which the first is the input and the last the output. */
export function topologyOf(name: string, layers: LayerJson[]): Topology {
  return {
    class_name: 'Functional',
    config: {
      name,
      layers,
      input_layers: [[layers[0]!.name, 0, 0]],
      output_layers: [[layers.at(-1)!.name, 0, 0]],
    },
  };
}

/** The input layer for pictures: [N, height, width, 3]. */
export function inputLayer({ width, height }: { width: number; height: number }): LayerJson {
  return layerJson(
    'InputLayer',
    { name: 'pixels', batch_input_shape: [null, height, width, 3], dtype: 'float32' },
    [],
  );
}

/** The same network for pictures of another size. Works for networks of convolutions that end in an average. */
export function resizeInput(
  { topology, weights }: Network,
  { width, height }: { width: number; height: number },
): Network {
  const layers = topology.config.layers.map((layer) =>
    layer.class_name === 'InputLayer'
      ? { ...layer, config: { ...layer.config, batch_input_shape: [null, height, width, 3] } }
      : layer,
  );
  return { topology: { ...topology, config: { ...topology.config, layers } }, weights };
}

/** `base` with a dense softmax layer of `kernel` [F, C] and `bias` [C] behind its features. */
export function addHead(
  base: Network,
  { kernel, bias, features }: { kernel: Float32Array; bias: Float32Array; features: number },
): Network {
  const classes = bias.length;
  const { name, layers, output_layers } = base.topology.config;
  const head = layerJson(
    'Dense',
    {
      name: HEAD,
      units: classes,
      activation: 'softmax',
      use_bias: true,
      // Weights are read from the file: zeros save drawing random numbers that are thrown away.
      kernel_initializer: ZEROS,
      bias_initializer: ZEROS,
    },
    [outputName(output_layers)],
  );
  return {
    topology: topologyOf(name, [...layers, head]),
    weights: [
      ...base.weights,
      { name: `${HEAD}/kernel`, shape: [features, classes], values: kernel },
      { name: `${HEAD}/bias`, shape: [classes], values: bias },
    ],
  };
}

export const ZEROS = { class_name: 'Zeros', config: {} };

/** The network as it is after it was saved. Throws {@link DataError} for a weight that float16 can't hold. */
export function roundWeights(network: Network, type: WeightType): Network {
  if (type === 'float32') return network;
  const weights = network.weights.map(({ name, shape, values }) => {
    const rounded = roundToFloat16(values);
    if (!rounded.every(Number.isFinite)) {
      throw new DataError(`${name} has a weight that float16 can't hold. Use --weights float32.`);
    }
    return { name, shape, values: rounded };
  });
  return { topology: network.topology, weights };
}

function outputName(outputLayers: unknown): string {
  // Keras writes [[name, 0, 0]], and [name, 0, 0] where there is one output only.
  const first = (outputLayers as unknown[])[0];
  const name = Array.isArray(first) ? first[0] : first;
  if (typeof name !== 'string') throw new DataError("The base's topology names no output layer.");
  return name;
}
