/**
 * @module training/fine-tune/choose-share
 * How much of the tuned weights the result takes. All of them forget what the base knew of breeds that have a
 * dozen photographs; a weighted mean of both is better than either.
 */
import { type Figures, openTally } from '../run/history.ts';
import { formatPercent } from '../summary.ts';
import type { Recipe } from './recipe.ts';
import type { Validate } from './validation.ts';
import { interpolate, type WeightValues } from './weights.ts';

export interface Choice extends Figures {
  share: number;
}

/** The figures of every share of `recipe.shares` (or of the one that is set) on the validation part. */
export async function tryShares(
  { before, after }: { before: WeightValues; after: WeightValues },
  { validate, recipe }: { validate: Validate; recipe: Pick<Recipe, 'share' | 'shares'> },
): Promise<Choice[]> {
  const shares = recipe.share < 0 ? recipe.shares : [...new Set([0, recipe.share])];
  const scored = await validate(shares.map((share) => interpolate(before, after, share)));
  return scored.map(({ logits, labels }, i) => {
    const tally = openTally();
    tally.add(logits, labels);
    return { share: shares[i]!, ...tally.figures() };
  });
}

/** The share with the best top-1; of equal ones that with the smallest loss. */
export function chooseShare(choices: readonly Choice[]): Choice {
  return choices.reduce((best, choice) => {
    const isBetter = choice.top1 > best.top1 || (choice.top1 === best.top1 && choice.loss < best.loss);
    return isBetter ? choice : best;
  });
}

export function formatChoices(choices: readonly Choice[], chosen: Choice): string[] {
  return choices.map((choice) => {
    const { share, loss, top1, top3 } = choice;
    const mark = choice === chosen ? ' (chosen)' : '';
    return `tuned weights ${share.toFixed(2)}: validation loss ${loss.toFixed(4)}, top-1 ${formatPercent(top1)}, top-3 ${formatPercent(top3)}${mark}`;
  });
}
