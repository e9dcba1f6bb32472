/**
 * @module training/evaluate/answer-unseen
 * What a network that was trained beside a validation part says of that part.
 */
import type { Precision } from '../../core/manifest.ts';
import { keepRows } from '../features/rows.ts';
import type { TrainingFeatures } from '../features/training-features.ts';
import { type Head, logitsOf } from '../head/train-head.ts';
import { forEachPrecision } from './fit-scores.ts';
import type { Scored } from './ranks.ts';

/** Logits of the pictures whose fold is 0 or more, by `head` on the network's features of all pictures. */
export function answerUnseen(
  head: Head,
  { originals }: Pick<TrainingFeatures, 'originals'>,
  { labels, folds, classes }: { labels: Int32Array; folds: Int32Array; classes: number },
): Record<Precision, Scored> {
  const isUnseen = (picture: number) => folds[picture]! >= 0;
  return forEachPrecision((precision) => ({
    classes,
    labels: labels.filter((_, picture) => isUnseen(picture)),
    logits: logitsOf(head, keepRows(originals[precision], isUnseen)),
  }));
}
