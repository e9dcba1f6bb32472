/**
 * @module training/evaluate/fit-scores
 * What turns logits and features into an answer that can be believed, fitted on out-of-fold scores at each
 * precision.
 */
import { PRECISIONS, type Precision } from '../../core/manifest.ts';
import type { TrainingFeatures } from '../features/training-features.ts';
import { answersOf, fitAmbiguousBelow, fitTemperature } from './calibration.ts';
import { classMeans, fitUnknownThreshold } from './class-means.ts';
import type { Scored } from './ranks.ts';

export interface FittedScores {
  temperature: Record<Precision, number>;
  unknownThreshold: Record<Precision, number>;
  /** One for both precisions, fitted on the answers of both. */
  ambiguousBelow: number;
  classMeans: Record<Precision, Float32Array>;
}

/** Fits on the training photographs; the pictures held back have no part in it. */
export function fitScores(
  outOfFold: Record<Precision, Scored>,
  { originals }: Pick<TrainingFeatures, 'originals'>,
  { labels, folds, classes }: { labels: Int32Array; folds: Int32Array; classes: number },
): FittedScores {
  const temperature = forEachPrecision((precision) => fitTemperature(outOfFold[precision]));
  const answers = PRECISIONS.flatMap((precision) => answersOf(outOfFold[precision], temperature[precision]));
  return {
    temperature,
    unknownThreshold: forEachPrecision((precision) =>
      fitUnknownThreshold(originals[precision], { labels, classes, folds }),
    ),
    ambiguousBelow: fitAmbiguousBelow(answers),
    classMeans: forEachPrecision((precision) => classMeans(originals[precision], { labels, classes })),
  };
}

/** A value for each precision. */
export function forEachPrecision<T>(value: (precision: Precision) => T): Record<Precision, T> {
  return { float32: value('float32'), int8: value('int8') };
}
