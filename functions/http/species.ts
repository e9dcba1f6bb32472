/**
 * @module functions/http/species
 * An answer among the breeds of one species only, for who knows that it is a cat.
 */
import { BadRequestError } from '../../core/errors.ts';
import type { Doubt } from '../../core/inference/scores.ts';
import type { Answer } from '../../core/inference/servable-model.ts';
import type { Manifest } from '../../core/manifest.ts';

export type Species = 'cat' | 'dog';

/** The answer over all breeds, those of other species at 0. */
export interface FilteredAnswer {
  scores: Float64Array;
  reason: Doubt;
  /** Probability that the species had of all, from 0 to 1. */
  share: number;
}

/** How many breeds of a species a model knows, or of all. Throws BadRequestError when it knows none. */
export function countBreeds({ labels, version }: Manifest, species: Species | undefined): number {
  if (species === undefined) return labels.length;
  const count = labels.filter((label) => label.species === species).length;
  if (count > 0) return count;
  throw new BadRequestError(`The model ${version} knows no breed of ${species}. Leave out \`species\`.`);
}

/**
 * Scores given that the picture shows `species`: p(breed) / p(species). Where the species had less than half, the
 * picture more likely shows none of its breeds, which is what `unknown` says; whether one stands out is judged anew.
 */
export function keepSpecies(
  { scores, reason }: Answer,
  { labels, unknown }: Pick<Manifest, 'labels' | 'unknown'>,
  species: Species,
): FilteredAnswer {
  const isKept = labels.map((label) => label.species === species);
  const share = scores.reduce((sum, score, index) => sum + (isKept[index] ? score : 0), 0);
  const kept = isKept.filter(Boolean).length;
  const given = scores.map((score, index) => {
    if (!isKept[index]) return 0;
    // A softmax may underflow: then nothing is known of how the breeds compare.
    return share > 0 ? score / share : 1 / kept;
  });
  const isAmbiguous = Math.max(...given) < unknown.ambiguousBelow;
  const doubt = reason === 'unknown' || share < 0.5 ? 'unknown' : isAmbiguous ? 'ambiguous' : null;
  return { scores: given, reason: doubt, share };
}
