/**
 * @module training/models/figures
 * What a model's answers to labelled photographs come to.
 */
import type { Label } from '../../core/manifest.ts';
import { expectedCalibrationError } from '../evaluate/calibration.ts';
import type { PictureAnswer } from './ask-model.ts';

/** All but `n` are shares from 0 to 1. */
export interface Figures {
  n: number;
  top1: number;
  top3: number;
  /** Mean of top-1 over the breeds that have pictures, each counting the same. */
  meanPerClass: number;
  /** The species of the predicted breed is that of the true one. */
  species: number;
  /** Expected calibration error, 15 bins. */
  ece: number;
  /** Answers without a doubt, and how many of those are right; 0 where there is none. */
  confidentShare: number;
  confidentTop1: number;
}

/** The figures of `answers`; 0 for each share of nothing, so that no NaN gets into JSON. */
export function figuresOf(answers: readonly PictureAnswer[], labels: readonly Label[]): Figures {
  const isRight = ({ rank }: PictureAnswer) => rank === 1;
  const byClass = labels
    .map((_, label) => answers.filter((answer) => answer.label === label))
    .filter((own) => own.length > 0);
  const confident = answers.filter(({ reason }) => reason === null);
  const scored = answers.map((answer) => ({ score: answer.score, right: isRight(answer) }));
  return {
    n: answers.length,
    top1: share(answers, isRight),
    top3: share(answers, ({ rank }) => rank <= 3),
    meanPerClass: byClass.reduce((sum, own) => sum + share(own, isRight), 0) / Math.max(1, byClass.length),
    species: share(answers, ({ label, predicted }) => labels[label]!.species === labels[predicted]!.species),
    ece: answers.length === 0 ? 0 : expectedCalibrationError(scored),
    confidentShare: answers.length === 0 ? 0 : confident.length / answers.length,
    confidentTop1: share(confident, isRight),
  };
}

function share<T>(items: readonly T[], isCounted: (item: T) => boolean): number {
  return items.length === 0 ? 0 : items.filter(isCounted).length / items.length;
}
