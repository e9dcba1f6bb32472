/**
 * @module core/onnx/layers/normalization
 * Layers that scale and shift each channel: BatchNormalization (where it couldn't be folded), Rescaling, Normalization.
 */
import { LayerConfig, refuse } from '../config.ts';
import type { Layer, WeightTensor } from '../layers-model.ts';
import { shown } from '../limits.ts';
import type { Lowering, Value } from '../lowering.ts';
import type { LayerType } from './layer-type.ts';

/** y = scale * x + shift for each channel. */
export interface ScaleAndShift {
  scale: Float64Array;
  shift: Float64Array;
}

const batchWeights = (config: LayerConfig) => [
  ...(config.boolean('scale', true) ? ['gamma'] : []),
  ...(config.boolean('center', true) ? ['beta'] : []),
  'moving_mean',
  'moving_variance',
];

/** A batch normalisation as the scale and shift that it is once trained, in float64. */
export function scaleAndShiftOf(layer: Layer, weight: (name: string) => WeightTensor): ScaleAndShift {
  const config = new LayerConfig(layer);
  const epsilon = config.number('epsilon', 1e-3);
  const optional = (key: string, name: string) =>
    config.boolean(key, true) ? weight(name).values : undefined;
  const gamma = optional('scale', 'gamma');
  const beta = optional('center', 'beta');
  const mean = weight('moving_mean').values;
  const variance = weight('moving_variance').values;
  const lengths = [gamma, beta, mean, variance].flatMap((values) => (values ? [values.length] : []));
  if (new Set(lengths).size > 1)
    throw refuse(layer, `its weights have ${lengths.join(', ')} values: as many each are needed.`);
  const scale = Float64Array.from(
    variance,
    (value, channel) => (gamma?.[channel] ?? 1) / Math.sqrt(value + epsilon),
  );
  const shift = scale.map((factor, channel) => (beta?.[channel] ?? 0) - mean[channel]! * factor);
  if (![...scale, ...shift].every(Number.isFinite)) throw refuse(layer, 'its variance is negative.');
  return { scale, shift };
}

/** True for the last axis of a shape without the batch, however it is written. */
function isLastAxis(axis: unknown, rank: number | undefined): boolean {
  const given = Array.isArray(axis) ? axis : [axis];
  return given.length === 1 && (given[0] === -1 || given[0] === rank);
}

/**
 * True where a batch normalisation is one of channels, over an input of `rank` axes without the batch; undefined stands for
 * any rank, of which -1 alone is the last axis for sure.
 */
export function isChannelAxis(layer: Layer, rank: number | undefined): boolean {
  return isLastAxis(new LayerConfig(layer).get('axis') ?? -1, rank);
}

function lowerScaleAndShift(
  lowering: Lowering,
  layer: Layer,
  input: Value,
  { scale, shift }: ScaleAndShift,
): Value {
  const { graph } = lowering;
  const channels = input.shape.at(-1)!;
  if (![...scale, ...shift].every(Number.isFinite)) throw refuse(layer, 'it scales by what is no number.');
  if (![1, channels].includes(scale.length) || ![1, channels].includes(shift.length)) {
    throw refuse(layer, `${Math.max(scale.length, shift.length)} values don't fit ${channels} channels.`);
  }
  const dims = (list: Float64Array) => (input.shape.length === 3 ? [list.length, 1, 1] : [list.length]);
  const factor = graph.constant(`${layer.name}/scale`, dims(scale), Float32Array.from(scale));
  const term = graph.constant(`${layer.name}/shift`, dims(shift), Float32Array.from(shift));
  const scaled = graph.node('Mul', [input.name, factor], { name: `${layer.name}/scaled` });
  return { name: graph.node('Add', [scaled, term], { name: layer.name }), shape: input.shape };
}

export const batchNormalization: LayerType = {
  weights: batchWeights,
  lower(layer, [input], lowering) {
    if (!isChannelAxis(layer, input!.shape.length))
      throw refuse(layer, `axis ${shown(new LayerConfig(layer).get('axis'))} is not the channels'.`);
    const values = scaleAndShiftOf(layer, (name) => lowering.weight(layer, name));
    return lowerScaleAndShift(lowering, layer, input!, values);
  },
};

export const rescaling: LayerType = {
  lower(layer, [input], lowering) {
    const config = new LayerConfig(layer);
    return lowerScaleAndShift(lowering, layer, input!, {
      scale: Float64Array.from(config.numbers('scale', 1)),
      shift: Float64Array.from(config.numbers('offset', 0)),
    });
  },
};

const isGiven = (config: LayerConfig) =>
  config.get('mean') !== undefined && config.get('variance') !== undefined;

/** Keras' Normalization: (x - mean) / max(standard deviation, 1e-7), from its config or its weights. */
export const normalization: LayerType = {
  weights: (config) => (isGiven(config) ? [] : ['mean', 'variance']),
  lower(layer, [input], lowering) {
    const config = new LayerConfig(layer);
    if (!isLastAxis(config.get('axis') ?? -1, input!.shape.length))
      throw refuse(layer, "its axis is not the channels'.");
    if (config.boolean('invert', false)) throw refuse(layer, 'invert can not be converted.');
    const list = (key: string) =>
      isGiven(config) ? config.numbers(key, 0) : lowering.weight(layer, key).values;
    const scale = Float64Array.from(list('variance'), (variance) => 1 / Math.max(Math.sqrt(variance), 1e-7));
    const shift = Float64Array.from(list('mean'), (mean, channel) => -mean * (scale[channel] ?? scale[0]!));
    return lowerScaleAndShift(lowering, layer, input!, { scale, shift });
  },
};
