/**
 * @module training/head/train-heads
 * The heads of a run: one for each fold, whose answers to the fold it never saw give honest scores to fit the
 * temperature by, and the final one on all training photographs.
 */
import { PRECISIONS, type Precision } from '../../core/manifest.ts';
import type { TensorFlow } from '../engine.ts';
import type { Scored } from '../evaluate/ranks.ts';
import type { TrainingFeatures } from '../features/training-features.ts';
import { roundToFloat16 } from '../network/float16.ts';
import type { WeightType } from '../network/network.ts';
import { balancedWeights, type Head, type HeadProgress, logitsOf, openTrainer } from './train-head.ts';

export interface TrainedHeads {
  final: Head;
  /** Logits of every training photograph by the head that didn't see it. */
  outOfFold: Record<Precision, Scored>;
}

/** The name that `onProgress` gets for the head on all photographs. */
export const FINAL_HEAD = 'head';

export interface HeadOptions {
  /** Label and fold of each photograph. */
  labels: Int32Array;
  folds: Int32Array;
  classes: number;
  l2: number;
  maxSteps: number;
  weights: WeightType;
  onProgress: (name: string, progress: HeadProgress) => void;
}

/** Trains on `features`. Throws DataError for a label that is no class or a loss that isn't a number. */
export async function trainHeads(
  tf: TensorFlow,
  features: TrainingFeatures,
  options: HeadOptions,
): Promise<TrainedHeads> {
  const { labels, folds, classes, l2, maxSteps, onProgress } = options;
  const { views, viewsPerPicture, originals } = features;
  const pictureOf = (row: number) => Math.floor(row / viewsPerPicture);
  const rowLabels = Int32Array.from({ length: views.n }, (_, row) => labels[pictureOf(row)]!);
  const trainer = openTrainer(tf, views, { labels: rowLabels, classes });
  const fitHead = async (name: string, used: (row: number) => boolean) => {
    const weights = balancedWeights(rowLabels, { classes, used });
    const head = await trainer.fit({
      weights,
      l2,
      maxSteps,
      onProgress: (progress) => onProgress(name, progress),
    });
    return options.weights === 'float16' ? roundHead(head) : head;
  };
  try {
    const outOfFold = {
      float32: { classes, labels, logits: new Float32Array(labels.length * classes) },
      int8: { classes, labels, logits: new Float32Array(labels.length * classes) },
    };
    const count = 1 + folds.reduce((a, b) => Math.max(a, b), 0);
    for (let fold = 0; fold < count; fold++) {
      const head = await fitHead(`fold ${fold + 1} of ${count}`, (row) => folds[pictureOf(row)] !== fold);
      for (const precision of PRECISIONS) {
        const logits = logitsOf(head, originals[precision]);
        copyRows(logits, outOfFold[precision], (picture) => folds[picture] === fold);
      }
    }
    const final = await fitHead(FINAL_HEAD, () => true);
    return { final, outOfFold };
  } finally {
    trainer.dispose();
  }
}

function copyRows(
  logits: Float32Array,
  { logits: target, labels, classes }: Scored,
  wanted: (row: number) => boolean,
): void {
  for (let row = 0; row < labels.length; row++) {
    if (wanted(row)) target.set(logits.subarray(row * classes, (row + 1) * classes), row * classes);
  }
}

function roundHead({ kernel, bias, features }: Head): Head {
  return { kernel: roundToFloat16(kernel), bias: roundToFloat16(bias), features };
}
