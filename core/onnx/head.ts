/**
 * @module core/onnx/head
 * Where a network's features and logits are, and which of its layers stay float32 in an int8 file.
 */
import { LayerConfig, refuse } from './config.ts';
import type { Layer, LayersModel } from './layers-model.ts';

/** `classifier`: a network that ends in Dense and softmax; `features`: a base that ends in a vector. */
export type HeadKind = 'classifier' | 'features';

export interface Head {
  /** Without the softmax. */
  model: LayersModel;
  /** The layer whose output the features are. */
  features: string;
  /** The layer whose output the logits are; undefined for a base. */
  logits: string | undefined;
}

const REMEDY =
  'It must end in a Dense layer with the activation softmax, or in a linear Dense and a softmax after it: the temperature and the one softmax are applied when it serves.';

const isSoftmax = (layer: Layer) =>
  layer.className === 'Softmax' ||
  (layer.className === 'Activation' && new LayerConfig(layer).activation() === 'softmax');

/** Finds the head of a simplified network. Throws an InvalidModelError for a classifier that ends in anything else. */
export function findHead(model: LayersModel, kind: HeadKind): Head {
  if (kind === 'features') return { model, features: model.outputs, logits: undefined };
  const layerNamed = (name: string | undefined) => model.layers.find((layer) => layer.name === name);
  const last = layerNamed(model.outputs)!;
  const dense = isSoftmax(last) ? layerNamed(last.inputs[0]) : last;
  if (dense?.className !== 'Dense') throw refuse(last, `the network ends in it. ${REMEDY}`);

  const activation = new LayerConfig(dense).activation();
  const hasOneSoftmax = isSoftmax(last) ? activation === 'linear' : activation === 'softmax';
  if (!hasOneSoftmax) {
    const ending = isSoftmax(last)
      ? `the activation ${activation} and a softmax after it`
      : `the activation ${activation}`;
    throw refuse(dense, `the network ends in it with ${ending}. ${REMEDY}`);
  }
  const axis = new LayerConfig(last).number('axis', -1);
  if (axis !== -1 && axis !== 1) throw refuse(last, `its axis is ${axis}, not the classes'.`);

  const linear = { ...dense, config: { ...dense.config, activation: 'linear' } };
  const layers = model.layers.flatMap((layer) => {
    if (layer === dense) return [linear];
    return layer === last ? [] : [layer];
  });
  return { model: { ...model, layers, outputs: dense.name }, features: dense.inputs[0]!, logits: dense.name };
}

/** Layers that make a vector of a vector. */
const ON_VECTORS = new Set([
  'Dense',
  'BatchNormalization',
  'Activation',
  'ReLU',
  'LeakyReLU',
  'ELU',
  'PReLU',
  'ThresholdedReLU',
  'Rescaling',
]);
const TO_VECTORS = new Set(['GlobalAveragePooling2D', 'GlobalMaxPooling2D']);

/** The vectors at the end: they cost next to nothing in float32, and the features stay exact. */
export function floatLayersOf({ model, features, logits }: Head): Set<string> {
  const float = new Set(logits === undefined ? [] : [logits]);
  let name: string | undefined = features;
  while (name !== undefined) {
    const layer: Layer | undefined = model.layers.find((candidate) => candidate.name === name);
    const isVector = layer && (ON_VECTORS.has(layer.className) || TO_VECTORS.has(layer.className));
    if (!isVector) break;
    float.add(layer.name);
    name = TO_VECTORS.has(layer.className) ? undefined : layer.inputs[0];
  }
  return float;
}
