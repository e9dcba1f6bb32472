/**
 * @module training/fine-tune/choose-share
 * How much of the tuned weights the result takes. All of them forget what the base knew of breeds that have a
 * dozen photographs; a weighted mean of both is better than either.
 */
import { fitTemperature, negativeLogLikelihood } from '../evaluate/calibration.ts';
import { openTally, type TriedShare } from '../run/history.ts';
import { formatPercent } from '../summary.ts';
import type { Recipe } from './recipe.ts';
import type { Validate } from './validation.ts';
import { interpolate, type WeightValues } from './weights.ts';

/** The figures of every share of `recipe.shares` (or of the one that is set) on the validation part. */
export async function tryShares(
  { before, after }: { before: WeightValues; after: WeightValues },
  { validate, recipe }: { validate: Validate; recipe: Pick<Recipe, 'share' | 'shares'> },
): Promise<TriedShare[]> {
  const shares = recipe.share < 0 ? recipe.shares : [...new Set([0, recipe.share])];
  const scored = await validate(shares.map((share) => interpolate(before, after, share)));
  return scored.map((own, i) => {
    const tally = openTally();
    tally.add(own.logits, own.labels);
    const calibratedLoss = negativeLogLikelihood(own, fitTemperature(own));
    return { share: shares[i]!, ...tally.figures(), calibratedLoss };
  });
}

/**
 * The share with the smallest loss at its own temperature. Top-1 of a few hundred pictures differs between shares by
 * one or two of them, which is chance; the loss hears them all.
 */
export function chooseShare(choices: readonly TriedShare[]): TriedShare {
  return choices.reduce((best, choice) => (choice.calibratedLoss < best.calibratedLoss ? choice : best));
}

export function formatChoices(
  choices: readonly TriedShare[],
  chosen: { share: number; isSet: boolean },
): string[] {
  return choices.map((choice) => {
    const { share, calibratedLoss, top1, top3 } = choice;
    const mark = share === chosen.share ? ` (${chosen.isSet ? 'as set' : 'chosen'})` : '';
    return `tuned weights ${share.toFixed(2)}: validation loss ${calibratedLoss.toFixed(4)} at its temperature, top-1 ${formatPercent(top1)}, top-3 ${formatPercent(top3)}${mark}`;
  });
}
