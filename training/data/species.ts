/**
 * @module training/data/species
 * Cat, dog or other, from the name of a breed.
 */
import { DataError } from '../../core/errors.ts';
import { type Label, manifestSchema } from '../../core/manifest.ts';
import { nameKey } from './class-names.ts';

export type Species = Label['species'];

/** The breeds of the Oxford-IIIT Pet set, whose species is known however their names are written. */
const OXFORD: Record<'cat' | 'dog', string> = {
  cat: 'abyssinian bengal birman bombay british_shorthair egyptian_mau maine_coon persian ragdoll russian_blue siamese sphynx',
  dog: 'american_bulldog american_pit_bull_terrier basset_hound beagle boxer chihuahua english_cocker_spaniel english_setter german_shorthaired great_pyrenees havanese japanese_chin keeshond leonberger miniature_pinscher newfoundland pomeranian pug saint_bernard samoyed scottish_terrier shiba_inu staffordshire_bull_terrier wheaten_terrier yorkshire_terrier',
};
const KNOWN = new Map<string, Species>(
  (['cat', 'dog'] as const).flatMap((species) =>
    OXFORD[species].split(' ').map((breed) => [breed, species] as const),
  ),
);

/**
 * Labels with their species, in the order of `names`. What decides, in this order:
 *
 * 1. `given`, by {@link nameKey};
 * 2. a prefix `cat_` or `dog_`;
 * 3. the breed, where it is one of Oxford's;
 * 4. Oxford's rule, capitalised is a cat and lower case a dog: only where the set has both kinds and no breed
 *    that is known breaks the rule. In a set of `Beagle`, `Boxer` and `pug` capitals say nothing.
 *
 * Else it is `other`. Throws {@link DataError} for a name that a manifest can't hold.
 */
export function labelsOf(
  names: readonly string[],
  { given = new Map() }: { given?: ReadonlyMap<string, Species> } = {},
): Label[] {
  const unprefixed = names.filter((name) => prefixOf(name) === null);
  const hasBothKinds = unprefixed.some(isCapitalised) && !unprefixed.every(isCapitalised);
  const keepsTheRule = unprefixed.every(
    (name) => (KNOWN.get(nameKey(name)) ?? byCase(name)) === byCase(name),
  );
  const labels = names.map((name): Label => {
    const named = given.get(nameKey(name)) ?? prefixOf(name) ?? KNOWN.get(nameKey(name));
    return { name, species: named ?? (hasBothKinds && keepsTheRule ? byCase(name) : 'other') };
  });
  for (const label of labels) {
    const fault = manifestSchema.shape.labels.element.safeParse(label).error?.issues[0];
    if (fault) {
      throw new DataError(
        `${JSON.stringify(label.name)} can't be a breed: ${fault.message}. A name begins with a letter or digit and has letters, digits, blanks and ._'()- only.`,
      );
    }
  }
  return labels;
}

function prefixOf(name: string): 'cat' | 'dog' | null {
  return (/^(cat|dog)_/i.exec(name)?.[1]?.toLowerCase() as 'cat' | 'dog' | undefined) ?? null;
}

const isCapitalised = (name: string) => /^\p{Lu}/u.test(name);
const byCase = (name: string) => (isCapitalised(name) ? 'cat' : 'dog');
