/**
 * @module core/onnx/simplify
 * Takes out of a network what costs time when it answers and changes nothing: layers of training only, zero padding
 * before a convolution, batch normalisation behind one.
 */
import { LayerConfig, refuse, weightOf } from './config.ts';
import { FOLDED_PADDING } from './layers/geometry.ts';
import { isChannelAxis, scaleAndShiftOf } from './layers/normalization.ts';
import { zeroPadding } from './layers/shape.ts';
import { layerType } from './layers/table.ts';
import type { Layer, LayersModel, WeightTensor } from './layers-model.ts';

/** Every simplification. Throws an InvalidModelError for a layer of an unknown class. */
export function simplify(model: LayersModel): LayersModel {
  return foldBatchNormalization(foldZeroPadding(dropIdentities(model)));
}

/** The layers that read each layer. */
export function consumersOf(layers: readonly Layer[]): Map<string, Layer[]> {
  const consumers = new Map<string, Layer[]>(layers.map((layer) => [layer.name, []]));
  for (const layer of layers) {
    for (const input of layer.inputs) consumers.get(input)?.push(layer);
  }
  return consumers;
}

/** Leaves out the layers named in `replaced`; who read one reads what it is replaced by. */
function rewire(model: LayersModel, replaced: ReadonlyMap<string, string>): LayersModel {
  const follow = (name: string): string => {
    let end = name;
    while (replaced.has(end)) end = replaced.get(end)!;
    return end;
  };
  const layers = model.layers
    .filter((layer) => !replaced.has(layer.name))
    .map((layer) => ({ ...layer, inputs: layer.inputs.map(follow) }));
  return { ...model, layers, outputs: follow(model.outputs) };
}

function dropIdentities(model: LayersModel): LayersModel {
  const replaced = new Map<string, string>();
  for (const layer of model.layers) {
    if (layer.className === 'InputLayer') continue;
    if (!layerType(layer).isIdentity?.(new LayerConfig(layer))) continue;
    if (layer.inputs.length !== 1)
      throw refuse(layer, `it has ${layer.inputs.length} inputs instead of one.`);
    // Its own input may be left out as well; it was looked at before.
    replaced.set(layer.name, replaced.get(layer.inputs[0]!) ?? layer.inputs[0]!);
  }
  return rewire(model, replaced);
}

/** Into convolutions only: a pooling would have to take the zeros for values. */
function foldZeroPadding(model: LayersModel): LayersModel {
  const consumers = consumersOf(model.layers);
  const replaced = new Map<string, string>();
  const padded = new Map<string, unknown>();
  for (const layer of model.layers) {
    if (layer.className !== 'ZeroPadding2D' || layer.name === model.outputs) continue;
    const readers = consumers.get(layer.name)!;
    if (!readers.every(takesPadding)) continue;
    replaced.set(layer.name, layer.inputs[0]!);
    for (const reader of readers) padded.set(reader.name, zeroPadding(new LayerConfig(layer)));
  }
  const layers = model.layers.map((layer) => {
    const padding = padded.get(layer.name);
    return padding ? { ...layer, config: { ...layer.config, [FOLDED_PADDING]: padding } } : layer;
  });
  return rewire({ ...model, layers }, replaced);
}

function takesPadding(layer: Layer): boolean {
  return (
    layerType(layer).takesPadding === true && new LayerConfig(layer).word('padding', 'valid') === 'valid'
  );
}

/**
 * Folds a batch normalisation into the layer before it, which takes its name: the values that come out are those of the
 * normalisation, and so is their range in the calibration.
 */
function foldBatchNormalization(model: LayersModel): LayersModel {
  const consumers = consumersOf(model.layers);
  const byName = new Map(model.layers.map((layer) => [layer.name, layer]));
  const weights = new Map(model.weights);
  const replaced = new Map<string, Layer>();
  const dropped = new Set<string>();
  for (const layer of model.layers) {
    const before = layer.className === 'BatchNormalization' ? byName.get(layer.inputs[0]!) : undefined;
    if (!before || before.className === 'InputLayer') continue;
    const kernelName = layerType(before).foldsInto;
    const feedsOnlyThis = consumers.get(before.name)!.length === 1;
    const isLinear = kernelName !== undefined && new LayerConfig(before).activation() === 'linear';
    // Any other axis is refused where the normalisation is written.
    const isPerChannel = isChannelAxis(layer, before.className === 'Dense' ? undefined : 3);
    if (!isLinear || !feedsOnlyThis || !isPerChannel) continue;
    foldWeights(before, layer, kernelName, weights);
    dropped.add(before.name);
    replaced.set(layer.name, { ...before, name: layer.name, config: { ...before.config, use_bias: true } });
  }
  const layers = model.layers
    .filter((layer) => !dropped.has(layer.name))
    .map((layer) => replaced.get(layer.name) ?? layer);
  return { ...model, layers, weights };
}

/** Computed in float64 and rounded once. The output channels run fastest in each kernel that folds. */
function foldWeights(
  before: Layer,
  layer: Layer,
  kernelName: string,
  weights: Map<string, WeightTensor>,
): void {
  const { scale, shift } = scaleAndShiftOf(layer, (name) => weightOf(weights, layer, name));
  const channels = scale.length;
  for (const [key, tensor] of [...weights]) {
    const prefix = `${before.name}/`;
    if (!key.startsWith(prefix)) continue;
    const name = key.slice(prefix.length);
    const values =
      name === kernelName
        ? tensor.values.map((value, index) => value * scale[index % channels]!)
        : tensor.values;
    weights.set(`${layer.name}/${name}`, { shape: tensor.shape, values });
  }
  const bias = weights.get(`${before.name}/bias`)?.values;
  const values = Float32Array.from(shift, (term, channel) => (bias?.[channel] ?? 0) * scale[channel]! + term);
  weights.set(`${layer.name}/bias`, { shape: [channels], values });
}
