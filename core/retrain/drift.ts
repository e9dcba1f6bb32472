/**
 * @module core/retrain/drift
 * How far the distribution of a version's best scores has moved since it began to answer.
 */

/** What stands in for no answer in a bucket, in answers: a share of 0 has no logarithm. */
const PSEUDO_COUNT = 0.5;

/**
 * The population stability index of two histograms over the same buckets: the sum of (p - q) ln(p / q) over the shares p
 * and q, each bucket with half an answer more. 0 where the shares are equal, never negative. By custom below .1 is no
 * change to speak of, above .25 a large one. Without any change, chance makes it about
 * (buckets - 1)(1 / answers before + 1 / answers after).
 */
export function populationStabilityIndex(before: readonly number[], after: readonly number[]): number {
  if (before.length !== after.length || before.length === 0) {
    throw new RangeError(`Histograms of ${before.length} and ${after.length} buckets can't be compared.`);
  }
  const [p, q] = [sharesOf(before), sharesOf(after)];
  return p.reduce((sum, share, bucket) => sum + (share - q[bucket]!) * Math.log(share / q[bucket]!), 0);
}

function sharesOf(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count + PSEUDO_COUNT, 0);
  return counts.map((count) => (count + PSEUDO_COUNT) / total);
}
