/**
 * @module training/evaluate/metrics
 * What the manifest says of a model's answers to the pictures that were held back.
 */
import type { Label, Metrics } from '../../core/manifest.ts';
import { answersOf, expectedCalibrationError } from './calibration.ts';
import { bestOf, rankOf, rowOf, type Scored } from './ranks.ts';

/** Pairs of breeds that are listed: the most frequent ones. */
const MOST_PAIRS = 20;

interface Outcome {
  label: number;
  predicted: number;
  rank: number;
}

/**
 * The figures of `scored` at the fitted `temperature`. `meanPerClassRecall` is over the classes that have
 * pictures; `bySpecies` is the share of pictures of a species whose breed is right.
 */
export function measure(
  scored: Scored,
  { labels, temperature }: { labels: readonly Label[]; temperature: number },
): Metrics {
  const outcomes = Array.from(scored.labels, (label, row): Outcome => {
    const logits = rowOf(scored, row);
    return { label, predicted: bestOf(logits), rank: rankOf(logits, label) };
  });
  const byClass = labels.map(({ name }, label) => {
    const own = outcomes.filter((outcome) => outcome.label === label);
    return { label: name, n: own.length, top1: shareWithin(own, 1), top3: shareWithin(own, 3) };
  });
  const present = byClass.filter(({ n }) => n > 0);
  const bySpecies = [...new Set(labels.map(({ species }) => species))].sort().map((species) => {
    const own = outcomes.filter(({ label }) => labels[label]!.species === species);
    return { species, n: own.length, accuracy: shareWithin(own, 1) };
  });
  return {
    n: outcomes.length,
    top1: shareWithin(outcomes, 1),
    top3: shareWithin(outcomes, 3),
    meanPerClassRecall: present.reduce((sum, { top1 }) => sum + top1, 0) / Math.max(1, present.length),
    byClass,
    bySpecies,
    eceBefore: expectedCalibrationError(answersOf(scored, 1)),
    eceAfter: expectedCalibrationError(answersOf(scored, temperature)),
    confusionPairs: confusionPairs(outcomes, labels),
  };
}

/** Share of the pictures whose truth is among the best `k`; 0 of no pictures, so that no NaN gets on. */
function shareWithin(outcomes: readonly Outcome[], k: number): number {
  if (outcomes.length === 0) return 0;
  return outcomes.filter(({ rank }) => rank <= k).length / outcomes.length;
}

function confusionPairs(outcomes: readonly Outcome[], labels: readonly Label[]): Metrics['confusionPairs'] {
  const counts = new Map<string, Metrics['confusionPairs'][number]>();
  for (const { label, predicted } of outcomes) {
    if (label === predicted) continue;
    const key = `${label} ${predicted}`;
    const pair = counts.get(key) ?? {
      truth: labels[label]!.name,
      predicted: labels[predicted]!.name,
      count: 0,
    };
    counts.set(key, { ...pair, count: pair.count + 1 });
  }
  const byName = (pair: Metrics['confusionPairs'][number]) => `${pair.truth} ${pair.predicted}`;
  return [...counts.values()]
    .sort((a, b) => b.count - a.count || (byName(a) < byName(b) ? -1 : 1))
    .slice(0, MOST_PAIRS);
}
