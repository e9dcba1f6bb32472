/**
 * @module training/evaluate/evaluation
 * What is kept of the answers to the pictures held back.
 */
import { formatEvaluation as formatPictures } from '../../core/evaluation.ts';
import { PRECISIONS, type Precision } from '../../core/manifest.ts';
import type { Picture } from '../data/data-set.ts';
import { bestOf, rankOf, rowOf, type Scored } from './ranks.ts';

/**
 * `evaluation.json`: for each picture its SHA-256, its label, the rank of that label (1 is right) and the breed
 * that was said, by precision. A later version is compared on the pictures that both held back.
 */
export function formatEvaluation(
  pictures: readonly Picture[],
  { classes, scored }: { classes: readonly string[]; scored: Record<Precision, Scored> },
): string {
  const each = <T>(value: (precision: Precision) => T) =>
    Object.fromEntries(PRECISIONS.map((precision) => [precision, value(precision)])) as Record<Precision, T>;
  const rows = pictures.map(({ sha256, label }, row) => ({
    sha256,
    label: classes[label]!,
    rank: each((precision) => rankOf(rowOf(scored[precision], row), label)),
    predicted: each((precision) => classes[bestOf(rowOf(scored[precision], row))]!),
  }));
  return formatPictures({ pictures: rows });
}

/** The share of pictures to which both say the same breed. */
export function agreement(a: Scored, b: Scored): number {
  const same = a.labels.filter((_, row) => bestOf(rowOf(a, row)) === bestOf(rowOf(b, row)));
  return same.length / a.labels.length;
}
