/**
 * @module training/base/any-model
 * Any layers model as a base: Sequential ones as a chain, and without the classifier that it was trained with.
 */
import { InvalidModelError } from '../../core/errors.ts';
import { type LayerJson, layerJson, type Network, type Topology, topologyOf } from '../network/network.ts';

type Config = Record<string, unknown> & { name: string };
interface SequentialLayer {
  class_name: string;
  config: Config;
}

/**
 * `model.json` with a topology that training works on: a Sequential model becomes a Functional one, and its shape
 * goes to an input layer. Throws {@link InvalidModelError} for models within models.
 */
export function asFunctional(modelJson: unknown): unknown {
  const { modelTopology, ...rest } = modelJson as { modelTopology: Record<string, unknown> };
  const topology = (modelTopology.model_config ?? modelTopology) as {
    class_name: string;
    config: SequentialLayer[] | { name?: string; layers: SequentialLayer[] };
  };
  if (topology.class_name !== 'Sequential') return modelJson;
  const layers = Array.isArray(topology.config) ? topology.config : topology.config.layers;
  const chain: LayerJson[] = [];
  for (const { class_name, config } of layers) {
    if (class_name === 'Sequential' || class_name === 'Functional' || class_name === 'Model')
      throw new InvalidModelError(
        `The base has the model ${config.name} within itself; save it as one model, with all of its layers.`,
      );
    const shape = config.batch_input_shape ?? config.batch_shape;
    if (chain.length === 0 && class_name !== 'InputLayer') {
      if (!shape) throw new InvalidModelError("The base doesn't tell the shape of its input.");
      chain.push(layerJson('InputLayer', { name: 'pixels', batch_input_shape: shape, dtype: 'float32' }, []));
    }
    chain.push(layerJson(class_name, config, chain.length > 0 ? [chain.at(-1)!.name] : []));
  }
  return { ...rest, modelTopology: { model_config: topologyOf('base', chain) } };
}

/** Width and height of its pictures, or null where the model leaves them open. Throws for other inputs than RGB. */
export function inputSizeOf({ topology }: Network): { width: number; height: number } | null {
  const input = topology.config.layers.find(({ class_name }) => class_name === 'InputLayer');
  const shape = (input?.config.batch_input_shape ?? input?.config.batch_shape) as
    | (number | null)[]
    | undefined;
  if (shape?.length !== 4 || shape[3] !== 3)
    throw new InvalidModelError(
      `The base takes ${JSON.stringify(shape ?? null)}; a base takes pictures, [null, height, width, 3].`,
    );
  const [, height, width] = shape;
  return height && width ? { width, height } : null;
}

const SOFTMAX = ['Softmax', 'Activation', 'Dense'];
const TO_VECTORS = ['GlobalAveragePooling2D', 'GlobalMaxPooling2D', 'Flatten'];

/**
 * The network up to its features. A classifier at the end, a softmax and what is between it and the last pooling or
 * flattening layer, is taken away; of a dense one with hidden layers only the last layer. A network that ends in a
 * picture gets an average over it.
 */
export function featuresOf(network: Network): Network {
  const { layers, output_layers } = network.topology.config;
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const before = (layer: LayerJson) => byName.get(inboundNames(layer)[0] ?? '');
  const last = byName.get(outputName(output_layers)) ?? layers.at(-1)!;
  const isClassifier =
    SOFTMAX.includes(last.class_name) &&
    (last.class_name === 'Softmax' || last.config.activation === 'softmax');
  let end: LayerJson | undefined = last;
  if (isClassifier && last.class_name === 'Dense') end = skipDropout(before(last), before);
  else if (isClassifier) {
    // MobileNet's has a pooling, dropout, a 1 x 1 convolution, a reshape and a softmax.
    while (end && !TO_VECTORS.includes(end.class_name)) end = before(end);
    const dense = before(last);
    if (dense?.class_name === 'Dense') end = skipDropout(before(dense), before);
  }
  if (!end)
    throw new InvalidModelError('The base ends in a classifier with no pooling or flattening before it.');

  const kept = keepAncestors(end, byName);
  const ordered = layers.filter(({ name }) => kept.has(name));
  const isVector = ['Dense', 'Dropout', ...TO_VECTORS].includes(end.class_name) || followsVector(end, before);
  const pooled = isVector
    ? []
    : [layerJson('GlobalAveragePooling2D', { name: 'pooled_features' }, [end.name])];
  // topologyOf takes the last layer for the output.
  const sorted = [...ordered.filter((layer) => layer !== end), end, ...pooled];
  const topology: Topology = topologyOf(network.topology.config.name ?? 'base', sorted);
  const layerOfWeight = (name: string) => [...kept].some((layer) => name.startsWith(`${layer}/`));
  return { topology, weights: network.weights.filter(({ name }) => layerOfWeight(name)) };
}

function skipDropout(
  layer: LayerJson | undefined,
  before: (layer: LayerJson) => LayerJson | undefined,
): LayerJson | undefined {
  return layer?.class_name === 'Dropout' ? skipDropout(before(layer), before) : layer;
}

/** Activations and normalisations keep the shape of what they follow. */
function followsVector(layer: LayerJson, before: (layer: LayerJson) => LayerJson | undefined): boolean {
  const keepsShape = ['Activation', 'ReLU', 'BatchNormalization', 'LeakyReLU', 'ELU'];
  const previous = before(layer);
  if (!keepsShape.includes(layer.class_name) || !previous) return false;
  return ['Dense', ...TO_VECTORS].includes(previous.class_name) || followsVector(previous, before);
}

function keepAncestors(end: LayerJson, byName: ReadonlyMap<string, LayerJson>): Set<string> {
  const kept = new Set<string>();
  const open = [end];
  for (let layer = open.pop(); layer; layer = open.pop()) {
    if (kept.has(layer.name)) continue;
    kept.add(layer.name);
    for (const name of inboundNames(layer)) open.push(byName.get(name)!);
  }
  return kept;
}

function inboundNames(layer: LayerJson): string[] {
  const first: unknown = layer.inbound_nodes[0] ?? [];
  if (!Array.isArray(first))
    throw new InvalidModelError(
      `The layer ${layer.name} is written as Keras 3 does; save the model with Keras 2's or TensorFlow.js' format.`,
    );
  return first.map((inbound) => (inbound as [string])[0]);
}

function outputName(outputLayers: unknown): string {
  const first: unknown = (outputLayers as unknown[])[0];
  return String(Array.isArray(first) ? first[0] : first);
}
