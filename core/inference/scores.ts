/**
 * @module core/inference/scores
 * From logits and features to calibrated scores, the best k, and whether to believe them.
 */

/** Softmax of `logits` / `temperature` (Guo et al., "On Calibration of Modern Neural Networks", 2017). Sums to 1. */
export function softmax(logits: ArrayLike<number>, temperature = 1): Float64Array {
  const scaled = Float64Array.from(logits, (logit) => logit / temperature);
  // The largest logit is subtracted so that exp can't overflow.
  const largest = scaled.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const exponentials = scaled.map((logit) => Math.exp(logit - largest));
  const sum = exponentials.reduce((a, b) => a + b, 0);
  return exponentials.map((value) => value / sum);
}

/** Indices of the `k` largest scores, largest first; of equal scores the one with the lower index comes first. */
export function topK(scores: ArrayLike<number>, k: number): number[] {
  return Array.from(scores, (_, index) => index)
    .sort((a, b) => scores[b]! - scores[a]! || a - b)
    .slice(0, k);
}

/**
 * Largest cosine between a feature vector (F) and the rows of `means` (C·F, each of unit length): how much
 * a picture looks like any class that was trained. -1 for a vector of zeros.
 */
export function largestCosine(features: Float32Array, means: Float32Array): number {
  const length = features.length;
  const norm = Math.sqrt(features.reduce((sum, value) => sum + value * value, 0));
  if (norm === 0) return -1;
  let largest = -1;
  for (let start = 0; start < means.length; start += length) {
    let dot = 0;
    for (let i = 0; i < length; i++) dot += means[start + i]! * features[i]!;
    largest = Math.max(largest, dot / norm);
  }
  return largest;
}

export type Doubt = 'unknown' | 'ambiguous' | null;

/** Why an answer isn't to be trusted: the picture is like nothing that was trained, or no breed stands out. */
export function doubt(
  { cosine, largestScore }: { cosine: number; largestScore: number },
  { unknownBelow, ambiguousBelow }: { unknownBelow: number; ambiguousBelow: number },
): Doubt {
  if (cosine < unknownBelow) return 'unknown';
  return largestScore < ambiguousBelow ? 'ambiguous' : null;
}
