/**
 * @module training/fine-tune/weights
 * Weights outside of TensorFlow.js: those that are trained, how they become tensors, how two sets are mixed, and how they get back
 * into a base.
 */
import type { Tensor } from '@tensorflow/tfjs';
import { ConfigurationError } from '../../core/errors.ts';
import type { LayersModel } from '../../core/onnx/layers-model.ts';
import type { TensorFlow } from '../engine.ts';
import type { Head } from '../head/train-head.ts';
import type { Network } from '../network/network.ts';
import type { Parameter } from './adamw.ts';
import { HEAD_BIAS, HEAD_KERNEL } from './head-loss.ts';
import type { UpperNetwork } from './upper-network.ts';

/** Values by the weight's full name. */
export type WeightValues = ReadonlyMap<string, Float32Array>;

/** All that is trained: of the upper part of the base, and the head. The values are copies. */
export function openParameters(
  { trained }: Pick<UpperNetwork, 'trained'>,
  { weights }: Pick<LayersModel, 'weights'>,
  { kernel, bias, features }: Head,
): Parameter[] {
  const base = trained.map((name): Parameter => {
    const { shape, values } = weights.get(name)!;
    return {
      name,
      shape: [...shape],
      values: values.slice(),
      group: 'base',
      decays: !name.endsWith('/bias'),
    };
  });
  const classes = bias.length;
  return [
    ...base,
    { name: HEAD_KERNEL, shape: [features, classes], values: kernel.slice(), group: 'head', decays: true },
    { name: HEAD_BIAS, shape: [classes], values: bias.slice(), group: 'head', decays: false },
  ];
}

/** The values of a head under the names that its parameters have. */
export function headValues({ kernel, bias }: Pick<Head, 'kernel' | 'bias'>): WeightValues {
  return new Map([
    [HEAD_KERNEL, kernel],
    [HEAD_BIAS, bias],
  ]);
}

/** The values of parameters themselves, which the next step changes. */
export function valuesIn(parameters: readonly Parameter[]): Map<string, Float32Array> {
  return new Map(parameters.map(({ name, values }) => [name, values]));
}

/** The values of parameters as they are now, copied. */
export function valuesOf(parameters: readonly Parameter[]): Map<string, Float32Array> {
  return new Map(parameters.map(({ name, values }) => [name, values.slice()]));
}

/** The parameters as tensors, which read the values until they are disposed of. */
export function tensorsOf(
  tf: TensorFlow,
  parameters: readonly Pick<Parameter, 'name' | 'shape'>[],
  values: WeightValues,
): Map<string, Tensor> {
  return new Map(parameters.map(({ name, shape }) => [name, tf.tensor(values.get(name)!, shape, 'float32')]));
}

/** (1 - share) · before + share · after, weight by weight (Wortsman et al., "Robust fine-tuning of zero-shot models", 2022). */
export function interpolate(
  before: WeightValues,
  after: WeightValues,
  share: number,
): Map<string, Float32Array> {
  return new Map(
    [...before].map(([name, values]) => {
      const tuned = after.get(name)!;
      return [name, values.map((value, i) => (1 - share) * value + share * tuned[i]!)];
    }),
  );
}

/**
 * values + (to - from), for the weights that `to` has: what tuning taught one head, added to another (Ilharco et al.,
 * "Editing models with task arithmetic", 2023).
 */
export function moveWeights(
  values: WeightValues,
  { from, to }: { from: WeightValues; to: WeightValues },
): Map<string, Float32Array> {
  return new Map(
    [...values].map(([name, own]) => {
      const [start, end] = [from.get(name), to.get(name)];
      return [name, start && end ? own.map((value, i) => value + end[i]! - start[i]!) : own];
    }),
  );
}

/** The base with other values of its trained weights. */
export function replaceWeights(network: Network, values: WeightValues): Network {
  const names = new Set(network.weights.map(({ name }) => name));
  const missing = [...values.keys()].find((name) => !names.has(name));
  if (missing) {
    throw new ConfigurationError(
      `--fine-tune can't put ${missing} back: the base's weights are named otherwise. Save it by model.save() of TensorFlow.js.`,
    );
  }
  const weights = network.weights.map((weight) => ({
    ...weight,
    values: values.get(weight.name) ?? weight.values,
  }));
  return { topology: network.topology, weights };
}
