/**
 * @module training/data/species
 * Cat, dog or other, from the name of a breed's folder.
 */
import { DataError } from '../../core/errors.ts';
import { type Label, manifestSchema } from '../../core/manifest.ts';

/**
 * Labels with their species, in the order of `names`.
 *
 * A prefix `cat_` or `dog_` decides. Without one the rule of the Oxford-IIIT Pet data set holds (capitalised
 * is a cat, lower case a dog), but only where the set has both kinds: in a set of `Beagle`, `Boxer` and `Pug`
 * capitals say nothing, and all of them are `other`. Throws {@link DataError} for a name that a manifest can't hold.
 */
export function labelsOf(names: readonly string[]): Label[] {
  const unprefixed = names.filter((name) => prefixOf(name) === null);
  const capitalised = unprefixed.filter(isCapitalised);
  const oxford = capitalised.length > 0 && capitalised.length < unprefixed.length;
  const labels = names.map((name): Label => {
    const byCase = isCapitalised(name) ? 'cat' : 'dog';
    return { name, species: prefixOf(name) ?? (oxford ? byCase : 'other') };
  });
  const fault = manifestSchema.shape.labels.safeParse(labels).error?.issues[0];
  if (fault) {
    const name = names[Number(fault.path[0])];
    throw new DataError(
      `${JSON.stringify(name ?? names.length)} can't be a breed: ${fault.message}. A name begins with a letter or digit and has letters, digits, blanks and ._'()- only.`,
    );
  }
  return labels;
}

function prefixOf(name: string): 'cat' | 'dog' | null {
  return (/^(cat|dog)_/i.exec(name)?.[1]?.toLowerCase() as 'cat' | 'dog' | undefined) ?? null;
}

const isCapitalised = (name: string) => /^\p{Lu}/u.test(name);
