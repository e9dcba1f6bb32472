/**
 * @module core/statistics
 * What chance alone does to figures that are measured on some pictures: intervals, exact tests, and the calibration
 * error that even a perfect model shows.
 */

/** The value that a share, or a mean of shares, has with a chance of 95 %. */
export interface Interval {
  low: number;
  high: number;
}

/** 97.5th percentile of the normal distribution. */
export const Z = 1.959963984540054;

/** Chance under which a difference counts as shown. */
export const SIGNIFICANCE = 0.05;

/**
 * Wilson's score interval for `successes` of `n` (Wilson, "Probable inference", 1927): unlike p ± 1.96 standard
 * errors it stays within 0 and 1 and says something where all of a few pictures are right. 0 to 1 for n = 0.
 */
export function wilson(successes: number, n: number): Interval {
  if (n === 0) return { low: 0, high: 1 };
  const share = successes / n;
  const centre = (share + Z ** 2 / (2 * n)) / (1 + Z ** 2 / n);
  const half = (Z * Math.sqrt((share * (1 - share)) / n + Z ** 2 / (4 * n ** 2))) / (1 + Z ** 2 / n);
  // At 0 and n of n an end is the share itself; rounding mustn't put it beside it.
  return {
    low: successes === 0 ? 0 : Math.max(0, centre - half),
    high: successes === n ? 1 : Math.min(1, centre + half),
  };
}

export interface Share {
  successes: number;
  n: number;
}

/**
 * Interval of the difference a - b of two shares of different pictures (Newcombe, "Interval estimation for the
 * difference between independent proportions", 1998, method 10: the distances to the ends of Wilson's intervals,
 * added in squares). From -1 to 1; all of that where one has no pictures.
 */
export function differenceOfShares(a: Share, b: Share): Interval {
  if (a.n === 0 || b.n === 0) return { low: -1, high: 1 };
  const [shareA, shareB] = [a.successes / a.n, b.successes / b.n];
  const [ofA, ofB] = [wilson(a.successes, a.n), wilson(b.successes, b.n)];
  const difference = shareA - shareB;
  return {
    low: difference - Math.hypot(shareA - ofA.low, ofB.high - shareB),
    high: difference + Math.hypot(ofA.high - shareA, shareB - ofB.low),
  };
}

/**
 * Chance of `successes` or more in `n` tries that succeed with a chance of `p` each: the exact tail of the binomial
 * distribution. In logarithms, since .5 ** n is 0 in floating point from n = 1075 on.
 */
export function binomialAtLeast(successes: number, n: number, p = 0.5): number {
  let term = n * Math.log(p);
  let sum = Number.NEGATIVE_INFINITY;
  for (let k = n; k >= Math.max(0, successes); k--) {
    const larger = Math.max(sum, term);
    sum = larger + Math.log(Math.exp(sum - larger) + Math.exp(term - larger));
    term += Math.log(k / (n - k + 1)) + Math.log((1 - p) / p);
  }
  return Math.min(1, Math.exp(sum));
}

/**
 * Exact test of McNemar ("Note on the sampling error of the difference between correlated proportions", 1947) for
 * two models on the same pictures: the chance that a model that is as good as the other loses `lost` or more of the
 * pictures that only one of them gets right. One-sided: the question is whether it is worse. 1 where they never differ.
 */
export function chanceOfLosing({ lost, gained }: { lost: number; gained: number }): number {
  return binomialAtLeast(lost, lost + gained);
}

/**
 * What chance gives an expected calibration error at most, on average, where a perfectly calibrated model gets `right`
 * of `n` pictures right.
 *
 * A bin's sum of score - right has the variance V_b = sum of p(1 - p) over its scores, so its absolute value is
 * sqrt(2 V_b / pi) on average (the mean of a half-normal variable), and the error is the sum of these over n. By
 * Cauchy and Schwarz that is at most sqrt(2 B V / pi) / n with V = sum of V_b, and by Jensen V <= n a(1 - a) for
 * scores of mean a. How the scores are spread doesn't matter, then: only ranks are kept of the pictures held back.
 * The accuracy is taken with two right and two wrong added (Agresti and Coull, 1998): all of a few being right
 * doesn't mean that nothing can go wrong. That few pictures show a large error by chance is also told by Roelofs et
 * al., "Mitigating bias in calibration error estimation", 2022.
 */
export function calibrationErrorByChance({
  right,
  n,
  bins = 15,
}: {
  right: number;
  n: number;
  bins?: number;
}) {
  if (n === 0) return 1;
  const accuracy = (right + 2) / (n + 4);
  return Math.min(1, Math.sqrt((2 * bins * accuracy * (1 - accuracy)) / (Math.PI * n)));
}
