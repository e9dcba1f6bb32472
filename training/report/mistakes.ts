/**
 * @module training/report/mistakes
 * Which wrong answers are worth a look.
 */
import { softmax } from '../../core/inference/scores.ts';
import type { Picture } from '../data/data-set.ts';
import { bestOf, rankOf, rowOf, type Scored } from '../evaluate/ranks.ts';

export interface Mistake {
  picture: Picture;
  /** Indices of the labels. */
  truth: number;
  predicted: number;
  /** Calibrated score of the breed that was said, and of the right one. */
  score: number;
  truthScore: number;
  /** Of the right one, from 2 on. */
  rank: number;
}

/** All wrong answers, the most certain ones first. */
export function mistakesOf(
  scored: Scored,
  { pictures, temperature }: { pictures: readonly Picture[]; temperature: number },
): Mistake[] {
  const mistakes: Mistake[] = [];
  for (const [row, truth] of scored.labels.entries()) {
    const logits = rowOf(scored, row);
    const predicted = bestOf(logits);
    if (predicted === truth) continue;
    const scores = softmax(logits, temperature);
    mistakes.push({
      picture: pictures[row]!,
      truth,
      predicted,
      score: scores[predicted]!,
      truthScore: scores[truth]!,
      rank: rankOf(logits, truth),
    });
  }
  return mistakes.sort((a, b) => b.score - a.score);
}

/** Two breeds that were taken for each other, in the order of the labels. */
export interface ConfusedPair {
  first: number;
  second: number;
  /** Of the first breed, taken for the second; and the other way round. */
  firstAsSecond: number;
  secondAsFirst: number;
  mistakes: Mistake[];
}

/** Pairs of breeds by how often one was taken for the other, in either direction, the most frequent ones first. */
export function confusedPairs(mistakes: readonly Mistake[]): ConfusedPair[] {
  const pairs = new Map<string, ConfusedPair>();
  for (const mistake of mistakes) {
    const { truth, predicted } = mistake;
    const [first, second] = [Math.min(truth, predicted), Math.max(truth, predicted)];
    const key = `${first} ${second}`;
    const pair = pairs.get(key) ?? { first, second, firstAsSecond: 0, secondAsFirst: 0, mistakes: [] };
    if (truth === first) pair.firstAsSecond++;
    else pair.secondAsFirst++;
    pair.mistakes.push(mistake);
    pairs.set(key, pair);
  }
  return [...pairs.values()].sort(
    (a, b) => b.mistakes.length - a.mistakes.length || a.first - b.first || a.second - b.second,
  );
}
