/**
 * @module training/fine-tune/differentiate
 * One batch through upper part and head, and all gradients back.
 */
import type { Tensor4D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../engine.ts';
import type { Parameter } from './adamw.ts';
import { dropoutMask, stepHead } from './head-loss.ts';
import type { WeightTensors } from './operations.ts';
import type { Recipe } from './recipe.ts';
import type { UpperNetwork } from './upper-network.ts';
import { tensorsOf, valuesIn } from './weights.ts';

export interface DifferentiateOptions {
  upper: UpperNetwork;
  parameters: readonly Parameter[];
  /** Weights of the upper part that stay as they are. */
  frozen: WeightTensors;
  /** [H, W, C] of a map. */
  map: readonly [number, number, number];
  recipe: Pick<Recipe, 'dropout' | 'smoothing'>;
  /** N·H·W·C. */
  maps: Float32Array;
  /** The label of each picture. */
  truth: Int32Array;
  /** C: see `logPriors`. */
  priors: Float32Array;
  /** Decides what dropout leaves out. */
  random: () => number;
}

/** Loss, logits N·C and the gradient by each parameter. Holds no tensor when it has ended. */
export async function differentiate(tf: TensorFlow, options: DifferentiateOptions) {
  const { upper, parameters, frozen, map, recipe, truth, priors, random } = options;
  const own = tensorsOf(tf, parameters, valuesIn(parameters));
  const weights: WeightTensors = new Map([...frozen, ...own]);
  const maps: Tensor4D = tf.tensor4d(options.maps, [truth.length, ...map]);
  try {
    const { features, backward } = await upper.forward(maps, weights);
    const mask = dropoutMask(features.size, { rate: recipe.dropout, random });
    const { smoothing } = recipe;
    const head = stepHead(tf, features, { labels: truth, weights, mask, smoothing, priors });
    const gradients = await backward(head.byFeatures);
    head.byFeatures.dispose();
    for (const [name, gradient] of head.gradients) gradients.set(name, gradient);
    return { loss: head.loss, logits: head.logits, gradients };
  } finally {
    maps.dispose();
    for (const tensor of own.values()) tensor.dispose();
  }
}
