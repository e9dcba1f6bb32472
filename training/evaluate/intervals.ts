/**
 * @module training/evaluate/intervals
 * How far a figure may be off by the chance of which pictures were held back: 95 % intervals.
 */

import { type Interval, wilson } from '../../core/statistics.ts';
import { mulberry32 } from '../random.ts';

export { type Interval, wilson, Z } from '../../core/statistics.ts';

/**
 * Interval of the mean of shares that were measured apart, each on its own pictures: the distances from each
 * share to the ends of its Wilson interval, added in squares (Zou, Huang and Zhang, "A note on confidence
 * interval estimation for a linear function of binomial proportions", 2009). A bootstrap would say "no doubt"
 * of a class of three pictures that are all right; this doesn't.
 */
export function meanOfShares(parts: readonly { successes: number; n: number }[]): Interval {
  const present = parts.filter(({ n }) => n > 0);
  if (present.length === 0) return { low: 0, high: 1 };
  let [mean, below, above] = [0, 0, 0];
  for (const { successes, n } of present) {
    const share = successes / n;
    const { low, high } = wilson(successes, n);
    mean += share / present.length;
    below += (share - low) ** 2;
    above += (high - share) ** 2;
  }
  return {
    low: Math.max(0, mean - Math.sqrt(below) / present.length),
    high: Math.min(1, mean + Math.sqrt(above) / present.length),
  };
}

/**
 * Interval of the mean of `values`, each from 0 to 1, by the bootstrap: the 2.5th and 97.5th percentile of the means
 * of `resamples` draws with replacement (Efron, 1979). The draws are the same each time. 0 to 1 for no values.
 */
export function bootstrapMean(values: readonly number[], { resamples = 2000 } = {}): Interval {
  const n = values.length;
  if (n === 0) return { low: 0, high: 1 };
  const random = mulberry32(n);
  const means = Float64Array.from({ length: resamples }, () => {
    let sum = 0;
    for (let draw = 0; draw < n; draw++) sum += values[Math.floor(random() * n)]!;
    return sum / n;
  }).sort();
  return {
    low: means[Math.floor(0.025 * (resamples - 1))]!,
    high: means[Math.ceil(0.975 * (resamples - 1))]!,
  };
}
