/**
 * @module training/head/train-head
 * A dense softmax layer on fixed features: multinomial logistic regression with a penalty, in TensorFlow.js.
 */
import { DataError } from '../../core/errors.ts';
import type { TensorFlow } from '../engine.ts';
import type { Rows } from '../features/rows.ts';
import { minimise } from './lbfgs.ts';
import { openRegression } from './softmax-regression.ts';

export interface Head {
  /** F numbers by feature, C by class: [F, C]. */
  kernel: Float32Array;
  /** C. */
  bias: Float32Array;
  features: number;
}

/** One line of the log. Loss is the weighted cross-entropy and the penalty; accuracies are over the rows in use. */
export interface HeadProgress {
  step: number;
  loss: number;
  top1: number;
  top3: number;
}

export interface FitOptions {
  /** Weight of each row in the mean, 0 for rows that are left out: see {@link balancedWeights}. */
  weights: Float32Array;
  /** Lambda. The penalty is .5 lambda |kernel|^2, none on the bias. */
  l2: number;
  maxSteps: number;
  onProgress?: (progress: HeadProgress) => void;
}

export interface HeadTrainer {
  /** The head that minimises the loss. Throws {@link DataError} with the step when the loss isn't a number. */
  fit(options: FitOptions): Promise<Head>;
  /** Frees the tensors of the features. */
  dispose(): void;
}

/** No component of the gradient of the mean loss is larger at the end. At 1e-4, of half the steps, 1 of 454 answers differed. */
const TOLERANCE = 1e-5;
const STEPS_PER_LOG = 20;

/**
 * Puts rows and labels into the engine, once for the final head and those of all folds. Throws
 * {@link DataError} for a label that is no class, before any step.
 */
export function openTrainer(
  tf: TensorFlow,
  rows: Rows,
  { labels, classes }: { labels: Int32Array; classes: number },
): HeadTrainer {
  checkLabels(labels, { n: rows.n, classes });
  // Centred: the bias, which isn't penalised, then hardly depends on the kernel, and fewer steps are needed.
  const centre = meanRow(rows);
  const regression = openRegression(tf, rows, { labels, classes, centre });

  const fit = async ({ weights, l2, maxSteps, onProgress }: FitOptions): Promise<Head> => {
    const objective = regression.objective(weights, l2);
    let [step, loss, logged] = [0, Number.NaN, 0];
    const evaluate = (point: Float32Array) => {
      const evaluation = objective.evaluate(point);
      if (Number.isFinite(evaluation.value)) return evaluation;
      throw new DataError(
        `Training stopped at step ${step + 1}: the loss is ${evaluation.value}. A feature that isn't a number, or a lambda (--l2) that is far too large, does that.`,
      );
    };
    const log = (point: Float32Array) => onProgress?.({ step, loss, ...objective.measure(point) });
    try {
      const end = await minimise(evaluate, new Float32Array(regression.size), {
        tolerance: TOLERANCE,
        maxSteps,
        onStep: ({ step: taken, value, point }) => {
          [step, loss] = [taken, value];
          if (step - logged < STEPS_PER_LOG) return;
          logged = step;
          log(point);
        },
      });
      if (step !== logged || step === 0) log(end);
      const kernelSize = rows.length * classes;
      const kernel = end.slice(0, kernelSize);
      return uncentre({ kernel, bias: end.slice(kernelSize), features: rows.length }, centre);
    } finally {
      objective.dispose();
    }
  };
  return { fit, dispose: regression.dispose };
}

/**
 * Weights that let every class count the same: n / (C·n_c) for a row of class c, 0 for a row that isn't
 * `used`. A class without any row has no say.
 */
export function balancedWeights(
  labels: Int32Array,
  { classes, used = () => true }: { classes: number; used?: (row: number) => boolean },
): Float32Array {
  const counts = new Float64Array(classes);
  for (const [row, label] of labels.entries()) if (used(row)) counts[label]! += 1;
  const n = counts.reduce((a, b) => a + b, 0);
  const present = counts.filter((count) => count > 0).length;
  return Float32Array.from(labels, (label, row) => (used(row) ? n / (present * counts[label]!) : 0));
}

/** Logits of each row, n·C. */
export function logitsOf({ kernel, bias }: Head, { n, length, values }: Rows): Float32Array {
  const classes = bias.length;
  const logits = new Float32Array(n * classes);
  const sums = new Float64Array(classes);
  for (let row = 0; row < n; row++) {
    sums.set(bias);
    for (let feature = 0; feature < length; feature++) {
      const value = values[row * length + feature]!;
      if (value === 0) continue;
      for (let c = 0; c < classes; c++) sums[c]! += value * kernel[feature * classes + c]!;
    }
    logits.set(sums, row * classes);
  }
  return logits;
}

/** W(x - m) + b = Wx + (b - Wm): the same head for features as they come. */
function uncentre({ kernel, bias, features }: Head, centre: Float32Array): Head {
  const noBias = { kernel, bias: new Float32Array(bias.length), features };
  const shift = logitsOf(noBias, { n: 1, length: features, values: centre });
  return { kernel, bias: bias.map((value, c) => value - shift[c]!), features };
}

function meanRow({ n, length, values }: Rows): Float32Array {
  const sums = new Float64Array(length);
  for (let i = 0; i < values.length; i++) sums[i % length]! += values[i]!;
  return Float32Array.from(sums, (sum) => sum / n);
}

function checkLabels(labels: Int32Array, { n, classes }: { n: number; classes: number }): void {
  if (labels.length !== n)
    throw new DataError(`There are ${n} rows of features and ${labels.length} labels.`);
  const wrong = labels.findIndex((label) => label < 0 || label >= classes);
  if (wrong >= 0)
    throw new DataError(`Row ${wrong} has the label ${labels[wrong]}; labels go from 0 to ${classes - 1}.`);
}
