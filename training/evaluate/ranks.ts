/**
 * @module training/evaluate/ranks
 * Where the truth stands among the scores.
 */

/**
 * Rank of the class `label` among `scores`, 1 for the best. Of equal scores the one with the lower index stands
 * first, as in the answers that are served, so that a network that says the same for all isn't always right.
 */
export function rankOf(scores: ArrayLike<number>, label: number): number {
  const own = scores[label]!;
  let rank = 1;
  for (let c = 0; c < scores.length; c++) {
    if (scores[c]! > own || (scores[c] === own && c < label)) rank++;
  }
  return rank;
}

/** Index of the largest score, the lowest of equal ones. */
export function bestOf(scores: ArrayLike<number>): number {
  let best = 0;
  for (let c = 1; c < scores.length; c++) if (scores[c]! > scores[best]!) best = c;
  return best;
}

/** Logits of n pictures with the truth about each. */
export interface Scored {
  classes: number;
  /** n·C. */
  logits: Float32Array;
  /** n. */
  labels: Int32Array;
}

/** The logits of picture `row`. */
export function rowOf({ logits, classes }: Scored, row: number): Float32Array {
  return logits.subarray(row * classes, (row + 1) * classes);
}
