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

/**
 * `features` is [N, F] and left alone; `mask`, N·F, is what dropout multiplies them by. The gradient of the loss by
 * the logits is (p - t) / N.
 */
export function stepHead(
  tf: TensorFlow,
  features: Tensor2D,
  {
    labels,
    weights,
    mask,
    smoothing,
  }: { labels: Int32Array; weights: WeightTensors; mask: Float32Array; smoothing: number },
): HeadStep {
  const kernel = weights.get(HEAD_KERNEL) as Tensor2D;
  const [n, classes] = [labels.length, kernel.shape[1]];
  const { loss, logits, byKernel, byBias, byFeatures } = tf.tidy(() => {
    const kept = tf.tensor2d(mask, features.shape);
    const x = features.mul(kept) as Tensor2D;
    const scores = tf.matMul(x, kernel).add(weights.get(HEAD_BIAS)!) as Tensor2D;
    const truth = tf.tensor2d(smoothedTargets(labels, { classes, smoothing }), [n, classes]);
    const logProbabilities = tf.logSoftmax(scores);
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
