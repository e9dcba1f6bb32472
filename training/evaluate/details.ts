/**
 * @module training/evaluate/details
 * What a report shows beyond the figures of the manifest: intervals, costs, curves. `metrics.json` has it too.
 */
import { doubt } from '../../core/inference/scores.ts';
import type { Label } from '../../core/manifest.ts';
import { answersOf } from './calibration.ts';
import { COSTS, type Confusion, confusionOf } from './costs.ts';
import {
  type CoveragePoint,
  coverageCurve,
  type RejectionPoint,
  type ReliabilityBin,
  rejectionCurve,
  reliability,
} from './curves.ts';
import { bootstrapMean, type Interval, meanOfShares, wilson } from './intervals.ts';
import { bestOf, rankOf, rowOf, type Scored } from './ranks.ts';

export interface Details {
  /** 95 %: Wilson's for shares, squares added for the mean per class. */
  intervals: { top1: Interval; top3: Interval; meanPerClass: Interval };
  /** In the order of the labels. */
  byClass: { label: string; n: number; right: number; interval: Interval }[];
  /** Whether cat or dog is right, by the species of the breed that was said; null where there is only one. */
  species: { n: number; accuracy: number; interval: Interval } | null;
  costs: {
    /** 1 - the mean cost, and its interval by the bootstrap. */
    score: number;
    interval: Interval;
    /** Answers of each kind. */
    counts: Record<Confusion, number>;
  };
  /** Answers by truth and breed said, where there are any; indices into the labels. */
  confusion: { truth: number; predicted: number; count: number }[];
  reliability: { before: ReliabilityBin[]; after: ReliabilityBin[] };
  coverage: CoveragePoint[];
  /** Answers that serving calls confident: like a known breed, and one that stands out. */
  confident: { share: number; top1: number };
  unknown: {
    threshold: number;
    /** The share of the pictures held back that the threshold keeps. */
    kept: number;
    curve: RejectionPoint[];
  };
}

export interface DescribeOptions {
  labels: readonly Label[];
  temperature: number;
  /** n, of each picture to the nearest class mean. */
  cosines: Float32Array;
  unknownThreshold: number;
  ambiguousBelow: number;
}

/** Describes the answers to the pictures that were held back. */
export function describeAnswers(
  scored: Scored,
  { labels, temperature, cosines, unknownThreshold, ambiguousBelow }: DescribeOptions,
): Details {
  const n = scored.labels.length;
  const outcomes = Array.from(scored.labels, (truth, row) => {
    const logits = rowOf(scored, row);
    return { truth, predicted: bestOf(logits), rank: rankOf(logits, truth) };
  });
  const within = (k: number) => outcomes.filter(({ rank }) => rank <= k).length;
  const byClass = labels.map(({ name }, label) => {
    const own = outcomes.filter(({ truth }) => truth === label);
    const right = own.filter(({ rank }) => rank === 1).length;
    return { label: name, n: own.length, right, interval: wilson(right, own.length) };
  });
  const confusions = outcomes.map(({ truth, predicted }) => confusionOf(labels[truth]!, labels[predicted]!));
  const values = confusions.map((confusion) => 1 - COSTS[confusion]);
  const counts: Record<Confusion, number> = { right: 0, sameGroup: 0, sameSpecies: 0, otherSpecies: 0 };
  for (const confusion of confusions) counts[confusion]++;
  const answers = answersOf(scored, temperature);
  const confident = answers.filter(({ score }, row) => {
    const picture = { cosine: cosines[row]!, largestScore: score };
    return doubt(picture, { unknownBelow: unknownThreshold, ambiguousBelow }) === null;
  });
  return {
    intervals: {
      top1: wilson(within(1), n),
      top3: wilson(within(3), n),
      meanPerClass: meanOfShares(byClass.map(({ right, n }) => ({ successes: right, n }))),
    },
    byClass,
    species: speciesAccuracy(n - counts.otherSpecies, { n, labels }),
    costs: {
      score: values.reduce((sum, value) => sum + value, 0) / Math.max(1, n),
      interval: bootstrapMean(values),
      counts,
    },
    confusion: countPairs(outcomes),
    reliability: { before: reliability(answersOf(scored, 1)), after: reliability(answers) },
    coverage: coverageCurve(answers),
    confident: {
      share: confident.length / Math.max(1, n),
      top1: confident.filter(({ right }) => right).length / Math.max(1, confident.length),
    },
    unknown: {
      threshold: unknownThreshold,
      kept: cosines.filter((cosine) => cosine >= unknownThreshold).length / Math.max(1, n),
      curve: rejectionCurve(cosines),
    },
  };
}

function speciesAccuracy(
  right: number,
  { n, labels }: { n: number; labels: readonly Label[] },
): Details['species'] {
  if (new Set(labels.map(({ species }) => species)).size < 2) return null;
  return { n, accuracy: n === 0 ? 0 : right / n, interval: wilson(right, n) };
}

function countPairs(outcomes: readonly { truth: number; predicted: number }[]): Details['confusion'] {
  const counts = new Map<string, Details['confusion'][number]>();
  for (const { truth, predicted } of outcomes) {
    const key = `${truth} ${predicted}`;
    const count = (counts.get(key)?.count ?? 0) + 1;
    counts.set(key, { truth, predicted, count });
  }
  return [...counts.values()].sort((a, b) => a.truth - b.truth || a.predicted - b.predicted);
}
