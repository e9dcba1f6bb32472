/**
 * @module training/evaluate/curves
 * The points of the curves that a report draws.
 */
import type { Answer } from './calibration.ts';

/** Points that a curve keeps: as many as can be seen on the width of a page. */
const MOST_POINTS = 120;

/** The answers whose score lies in one bin. */
export interface ReliabilityBin {
  from: number;
  to: number;
  n: number;
  /** Mean score, and the share that is right: equal where scores are probabilities. */
  score: number;
  accuracy: number;
}

/** Reliability in bins of equal width, those that have answers (the bins of the expected calibration error). */
export function reliability(answers: readonly Answer[], bins = 15): ReliabilityBin[] {
  const members: Answer[][] = Array.from({ length: bins }, () => []);
  for (const answer of answers) members[Math.min(bins - 1, Math.floor(answer.score * bins))]!.push(answer);
  return members.flatMap((own, bin) => {
    const n = own.length;
    if (n === 0) return [];
    const score = own.reduce((sum, answer) => sum + answer.score, 0) / n;
    const accuracy = own.filter(({ right }) => right).length / n;
    return [{ from: bin / bins, to: (bin + 1) / bins, n, score, accuracy }];
  });
}

export interface CoveragePoint {
  /** The share of pictures that is answered: those whose score is at least `threshold`. */
  coverage: number;
  threshold: number;
  /** The share of those that is right. */
  accuracy: number;
}

/**
 * How accurate the answers get when the least certain ones are left out (a risk-coverage curve: El-Yaniv and
 * Wiener, 2010), from few answers to all. Equal scores come and go together.
 */
export function coverageCurve(answers: readonly Answer[]): CoveragePoint[] {
  const sorted = [...answers].sort((a, b) => b.score - a.score);
  const points: CoveragePoint[] = [];
  let right = 0;
  for (const [at, answer] of sorted.entries()) {
    right += answer.right ? 1 : 0;
    if (sorted[at + 1]?.score === answer.score) continue;
    points.push({
      coverage: (at + 1) / sorted.length,
      threshold: answer.score,
      accuracy: right / (at + 1),
    });
  }
  return thin(points);
}

export interface RejectionPoint {
  threshold: number;
  /** The share of the pictures whose cosine is at least `threshold`. */
  kept: number;
}

/**
 * The share of known pets that are kept, by the cosine that is asked of them: from the threshold that keeps all to
 * the one that keeps a single picture.
 */
export function rejectionCurve(cosines: ArrayLike<number>): RejectionPoint[] {
  const sorted = Float64Array.from(cosines).sort();
  const points = Array.from(sorted, (threshold, at): RejectionPoint => {
    return { threshold, kept: (sorted.length - at) / sorted.length };
  });
  // Of equal cosines the first one has them all.
  return thin(points.filter(({ threshold }, at) => threshold !== points[at - 1]?.threshold));
}

/** At most {@link MOST_POINTS} of the points, the first and the last among them. */
function thin<T>(points: readonly T[]): T[] {
  if (points.length <= MOST_POINTS) return [...points];
  const step = (points.length - 1) / (MOST_POINTS - 1);
  return Array.from({ length: MOST_POINTS }, (_, at) => points[Math.round(at * step)]!);
}
