/**
 * @module training/evaluate/class-means
 * The mean feature of each class, and how near a known pet comes to one: what tells pictures of anything else.
 */
import { largestCosine } from '../../core/inference/scores.ts';
import type { Rows } from '../features/rows.ts';

/** The share of known pets that the threshold turns away. */
const PERCENTILE = 0.01;

/** For each class the mean of its rows, scaled to unit length: C·F. Zeros for a class without rows. */
export function classMeans(
  rows: Rows,
  {
    labels,
    classes,
    used = () => true,
  }: { labels: Int32Array; classes: number; used?: (row: number) => boolean },
): Float32Array {
  const { length, values } = rows;
  const sums = new Float64Array(classes * length);
  for (const [row, label] of labels.entries()) {
    if (!used(row)) continue;
    for (let i = 0; i < length; i++) sums[label * length + i]! += values[row * length + i]!;
  }
  const means = new Float32Array(classes * length);
  for (let c = 0; c < classes; c++) {
    const sum = sums.subarray(c * length, (c + 1) * length);
    // The length of the sum and of the mean differ by a factor that unit length takes out.
    const norm = Math.sqrt(sum.reduce((total, value) => total + value * value, 0));
    if (norm > 0)
      means.set(
        sum.map((value) => value / norm),
        c * length,
      );
  }
  return means;
}

/**
 * The cosine under which a picture counts as unknown: the first percentile of what pictures of known pets reach
 * to class means that were made without their own fold. Pictures of the fold -1 are in all means, and not among
 * those: what a network was trained on lies nearer to its means than anything new.
 */
export function fitUnknownThreshold(
  rows: Rows,
  { labels, classes, folds }: { labels: Int32Array; classes: number; folds: Int32Array },
): number {
  const unseen: number[] = [];
  for (const fold of new Set(folds.filter((own) => own >= 0))) {
    const means = classMeans(rows, { labels, classes, used: (row) => folds[row] !== fold });
    for (let row = 0; row < rows.n; row++) {
      if (folds[row] !== fold) continue;
      const features = rows.values.subarray(row * rows.length, (row + 1) * rows.length);
      unseen.push(largestCosine(features, means));
    }
  }
  // Rounding could lift a cosine above 1, which the manifest refuses.
  return Math.min(1, Float64Array.from(unseen).sort()[Math.floor(PERCENTILE * unseen.length)]!);
}
