/**
 * @module training/fine-tune/head-loss
 * The loss of a dense softmax layer on a batch of features, with dropout and label smoothing, and its gradients.
 */
import type { Tensor2D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../engine.ts';
import { HEAD } from '../network/network.ts';
import type { WeightTensors } from './operations.ts';

export const HEAD_KERNEL = `${HEAD}/kernel`;
export const HEAD_BIAS = `${HEAD}/bias`;

export interface HeadStep {
  /** Mean over the batch of -sum_c t_c log p_c, where the truth has t = 1 - s + s/C and the others s/C. */
  loss: number;
  /** N·C. */
  logits: Float32Array;
  gradients: Map<string, Float32Array>;
  /** By the features, [N, F]; the caller disposes of it. */
  byFeatures: Tensor2D;
}

/** What a step of the head goes by. */
export interface HeadStepOptions {
  labels: Int32Array;
  weights: WeightTensors;
  /** N·F: what dropout multiplies the features by. */
  mask: Float32Array;
  smoothing: number;
  /** C: the logarithm of how often each class comes in training; see {@link logPriors}. */
  priors: Float32Array;
}

/**
 * `features` is [N, F] and left alone. The loss is that of logits + priors, the logits alone are the answer: how often
 * a breed comes in training isn't learnt, and the logits are those of breeds that are all as likely, as in the head on
 * the frozen base (Menon et al., "Long-tail learning via logit adjustment", 2021). The gradient of the loss by the
 * logits is (p - t) / N.
 */
export function stepHead(
  tf: TensorFlow,
  features: Tensor2D,
  { labels, weights, mask, smoothing, priors }: HeadStepOptions,
): HeadStep {
  const kernel = weights.get(HEAD_KERNEL) as Tensor2D;
  const [n, classes] = [labels.length, kernel.shape[1]];
  const { loss, logits, byKernel, byBias, byFeatures } = tf.tidy(() => {
    const kept = tf.tensor2d(mask, features.shape);
    const x = features.mul(kept) as Tensor2D;
    const scores = tf.matMul(x, kernel).add(weights.get(HEAD_BIAS)!) as Tensor2D;
    const truth = tf.tensor2d(smoothedTargets(labels, { classes, smoothing }), [n, classes]);
    const logProbabilities = tf.logSoftmax(scores.add(priors));
    const residual = logProbabilities.exp().sub(truth).div(n) as Tensor2D;
    return {
      loss: truth.mul(logProbabilities).sum().div(-n),
      logits: scores,
      byKernel: tf.matMul(x, residual, true, false),
      byBias: residual.sum(0),
      byFeatures: tf.matMul(residual, kernel, false, true).mul(kept) as Tensor2D,
    };
  });
  const step = {
    loss: loss.dataSync()[0]!,
    logits: logits.dataSync() as Float32Array,
    gradients: new Map([
      [HEAD_KERNEL, byKernel.dataSync() as Float32Array],
      [HEAD_BIAS, byBias.dataSync() as Float32Array],
    ]),
    byFeatures,
  };
  tf.dispose([loss, logits, byKernel, byBias]);
  return step;
}

/**
 * Logarithms of the share of each class among what is drawn, in proportion to n^-exponent for each of its n pictures:
 * all alike at 1. A class without any has the share of one picture.
 */
export function logPriors(
  labels: Int32Array,
  { classes, exponent }: { classes: number; exponent: number },
): Float32Array {
  const counts = new Float64Array(classes);
  for (const label of labels) counts[label]! += 1;
  const shares = counts.map((count) => Math.max(1, count) ** (1 - exponent));
  const total = shares.reduce((a, b) => a + b, 0);
  return Float32Array.from(shares, (share) => Math.log(share / total));
}

/** N·C: the share of the truth that each class is given. */
function smoothedTargets(
  labels: Int32Array,
  { classes, smoothing }: { classes: number; smoothing: number },
): Float32Array {
  const targets = new Float32Array(labels.length * classes).fill(smoothing / classes);
  for (const [row, label] of labels.entries()) targets[row * classes + label]! += 1 - smoothing;
  return targets;
}

/** What dropout multiplies by: 0 with the probability `rate`, else 1 / (1 - rate), so that the mean stays. */
export function dropoutMask(
  length: number,
  { rate, random }: { rate: number; random: () => number },
): Float32Array {
  const mask = new Float32Array(length);
  for (let i = 0; i < length; i++) mask[i] = random() < rate ? 0 : 1 / (1 - rate);
  return mask;
}
