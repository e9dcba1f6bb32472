/**
 * @module training/cross-validation/figures
 * Top-1, top-3 and mean per class of answers, each with its standard error.
 */
import { PRECISIONS, type Precision } from '../../core/manifest.ts';
import { forEachPrecision } from '../evaluate/fit-scores.ts';
import { type Interval, meanOfShares, Z } from '../evaluate/intervals.ts';
import type { Answer } from './out-of-fold.ts';

export interface Figure {
  /** From 0 to 1. */
  value: number;
  /** Of the chance which photographs were taken, in the same unit: a quarter of the 95 % interval, about. */
  standardError: number;
}

export interface Figures {
  n: number;
  top1: Figure;
  top3: Figure;
  meanPerClass: Figure;
}

export function assess(answers: readonly Answer[], classes: number): Record<Precision, Figures> {
  return forEachPrecision((precision) => {
    const isWithin = (k: number) => (answer: Answer) => answer.rank[precision] <= k;
    const share = (k: number) => mean([{ successes: answers.filter(isWithin(k)).length, n: answers.length }]);
    const byClass = Array.from({ length: classes }, (_, label) => {
      const own = answers.filter((answer) => answer.label === label);
      return { successes: own.filter(isWithin(1)).length, n: own.length };
    });
    return { n: answers.length, top1: share(1), top3: share(3), meanPerClass: mean(byClass) };
  });
}

function mean(parts: readonly { successes: number; n: number }[]): Figure {
  const present = parts.filter(({ n }) => n > 0);
  const value =
    present.reduce((sum, { successes, n }) => sum + successes / n, 0) / Math.max(1, present.length);
  return { value, standardError: standardErrorOf(meanOfShares(parts)) };
}

const standardErrorOf = ({ low, high }: Interval) => (high - low) / (2 * Z);

/** A table for people, in percent. */
export function formatFigures(figures: Record<Precision, Figures>): string[] {
  const row = (title: string, figure: (own: Figures) => Figure) =>
    [
      title.padEnd(24),
      ...PRECISIONS.map((precision) => {
        const { value, standardError } = figure(figures[precision]);
        return `${(100 * value).toFixed(1)} ± ${(100 * standardError).toFixed(1)} %`.padStart(16);
      }),
    ].join('');
  return [
    '',
    [`out of fold: ${figures.float32.n}`.padEnd(24), ...PRECISIONS.map((name) => name.padStart(16))].join(''),
    row('top-1', ({ top1 }) => top1),
    row('top-3', ({ top3 }) => top3),
    row('mean per class', ({ meanPerClass }) => meanPerClass),
    '± one standard error',
    '',
  ];
}
