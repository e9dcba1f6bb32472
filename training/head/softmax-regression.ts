/**
 * @module training/head/softmax-regression
 * The loss of a dense softmax layer on fixed features, and its gradient, on TensorFlow.js.
 */
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../engine.ts';
import type { Rows } from '../features/rows.ts';
import type { Evaluation } from './lbfgs.ts';

/** A weighted objective. A point is the kernel [F, C], row by row, and the bias [C] behind it. */
export interface Objective {
  /** Loss = sum_i w_i (-log p_i[y_i]) + .5 lambda |W|^2, the weights w summing to 1; and its gradient. */
  evaluate(point: Float32Array): Evaluation;
  /** Share of the rows of weight above 0 whose label is the best, and among the best three. */
  measure(point: Float32Array): { top1: number; top3: number };
  dispose(): void;
}

export interface Regression {
  /** Numbers in a point. */
  size: number;
  objective(weights: Float32Array, l2: number): Objective;
  dispose(): void;
}

/** Puts features, less `centre`, and labels into the engine, once for all objectives on them. */
export function openRegression(
  tf: TensorFlow,
  { n, length: features, values }: Rows,
  { labels, classes, centre }: { labels: Int32Array; classes: number; centre: Float32Array },
): Regression {
  const [x, transposed, truth] = tf.tidy(() => {
    const centred = tf.tensor2d(values, [n, features]).sub(tf.tensor1d(centre)) as Tensor2D;
    // Kept in both orders: WebAssembly multiplies by a transposed left side at 2 GFLOPS, plainly at 30.
    const flipped = centred.transpose() as Tensor2D;
    return [
      centred,
      flipped,
      tf.oneHot(tf.tensor1d(labels, 'int32'), classes).toFloat() as Tensor2D,
    ] as const;
  });
  const kernelSize = features * classes;
  const open = (point: Float32Array): { kernel: Tensor2D; logits: Tensor2D } => {
    const kernel = tf.tensor2d(point.subarray(0, kernelSize), [features, classes]);
    const bias: Tensor1D = tf.tensor1d(point.subarray(kernelSize));
    return { kernel, logits: tf.matMul(x, kernel).add(bias) };
  };

  const objective = (weights: Float32Array, l2: number): Objective => {
    const sum = weights.reduce((a, b) => a + b, 0);
    const shares = weights.map((weight) => weight / sum);
    const rowWeight = tf.tensor2d(shares, [n, 1]);
    return {
      // dLoss/dW = X' (w (p - y)) + lambda W and dLoss/db = sum_i w (p - y), written out: the tape would multiply by
      // a transposed left side.
      evaluate: (point) =>
        tf.tidy(() => {
          const { kernel, logits } = open(point);
          const logProbabilities = tf.logSoftmax(logits);
          const entropy = logProbabilities.mul(truth).mul(rowWeight).sum().neg();
          const penalty = kernel.square().sum();
          const residual = logProbabilities.exp().sub(truth).mul(rowWeight) as Tensor2D;
          const gradient = new Float32Array(point.length);
          gradient.set(tf.matMul(transposed, residual).add(kernel.mul(l2)).dataSync());
          gradient.set(residual.sum(0).dataSync(), kernelSize);
          return { value: entropy.add(penalty.mul(l2 / 2)).dataSync()[0]!, gradient };
        }),
      measure: (point) =>
        tf.tidy(() => {
          const { logits } = open(point);
          const own = logits.mul(truth).sum(1, true);
          const ahead = logits.greater(own).sum(1, true);
          const used = rowWeight.greater(0);
          const shareWithin = (k: number) =>
            ahead.less(k).logicalAnd(used).sum().dataSync()[0]! / used.sum().dataSync()[0]!;
          return { top1: shareWithin(1), top3: shareWithin(3) };
        }),
      dispose: () => rowWeight.dispose(),
    };
  };
  return { size: kernelSize + classes, objective, dispose: () => tf.dispose([x, transposed, truth]) };
}
