/**
 * @module core/onnx/pixel-offset
 * Scaling such as pixel / 127.5 - 1, whose zero lies between two pixels, would have to be rounded once more for int8: half of
 * all steps are lost, and time. Here the zero moves to a whole pixel and the first convolution's bias takes up the rest.
 */
import type { ModelInput } from '../manifest.ts';
import { LayerConfig, weightOf } from './config.ts';
import type { Layer, LayersModel, WeightTensor } from './layers-model.ts';
import { consumersOf } from './simplify.ts';

type Scaling = ModelInput['scaling'];

/** How far x moves when `(pixel - mean) / std` is computed with the mean rounded; undefined where channels differ. */
function offsetOf({ mean, std }: Scaling): number | undefined {
  const isUniform = [1, 2].every((channel) => mean[channel] === mean[0] && std[channel] === std[0]);
  return isUniform ? (Math.round(mean[0]) - mean[0]) / std[0] : undefined;
}

/**
 * The same network on pixels scaled about a whole one, if its first layers are convolutions: w * x = w * (x' + offset).
 * Only where a window reaches into the padding does it differ, by less than half a pixel's step there.
 */
export function moveZeroToPixel(
  model: LayersModel,
  scaling: Scaling,
): { model: LayersModel; scaling: Scaling } {
  const offset = offsetOf(scaling);
  const input = model.layers.find((layer) => layer.className === 'InputLayer');
  const first = input ? consumersOf(model.layers).get(input.name)! : [];
  const applies =
    offset !== undefined && offset !== 0 && first.every((layer) => layer.className === 'Conv2D');
  if (!applies) return { model, scaling };

  const weights = new Map(model.weights);
  for (const layer of first) weights.set(`${layer.name}/bias`, shiftedBias(layer, weights, offset));
  const layers = model.layers.map((layer) =>
    first.includes(layer) ? { ...layer, config: { ...layer.config, use_bias: true } } : layer,
  );
  const mean = scaling.mean.map(Math.round) as Scaling['mean'];
  return { model: { ...model, layers, weights }, scaling: { mean, std: scaling.std } };
}

function shiftedBias(layer: Layer, weights: ReadonlyMap<string, WeightTensor>, offset: number): WeightTensor {
  const { shape, values } = weightOf(weights, layer, 'kernel');
  const filters = shape.at(-1)!;
  const hasBias = new LayerConfig(layer).boolean('use_bias', true);
  const bias = hasBias ? weightOf(weights, layer, 'bias').values : new Float32Array(filters);
  const sums = Float64Array.from(bias);
  for (let index = 0; index < values.length; index++) sums[index % filters]! += values[index]! * offset;
  return { shape: [filters], values: Float32Array.from(sums) };
}
