/**
 * @module training/evaluate/costs
 * A score in which a mild confusion weighs less than a grave one: a Russian Blue that is called a British
 * Shorthair is nearer to the truth than a Persian that is called a Siamese, and that than a dog called a cat.
 */
import type { Label } from '../../core/manifest.ts';
import { groupOf } from './breed-groups.ts';

/**
 * What an answer costs. Only the order is a matter of fact; the steps are chosen so that four mild confusions weigh as
 * one cat for a dog.
 */
export const COSTS = { right: 0, sameGroup: 0.25, sameSpecies: 0.75, otherSpecies: 1 } as const;
export type Confusion = keyof typeof COSTS;

/** How grave it is to call `truth` `predicted`. Of breeds that the table of groups lacks, only the species counts. */
export function confusionOf(truth: Label, predicted: Label): Confusion {
  if (truth.name === predicted.name) return 'right';
  if (truth.species !== predicted.species) return 'otherSpecies';
  const group = groupOf(truth.name);
  return group !== null && group === groupOf(predicted.name) ? 'sameGroup' : 'sameSpecies';
}
