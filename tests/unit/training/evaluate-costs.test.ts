import type { Label } from '../../../core/manifest.ts';
import { BREED_GROUPS, groupOf } from '../../../training/evaluate/breed-groups.ts';
import { COSTS, confusionOf } from '../../../training/evaluate/costs.ts';

const cat = (name: string): Label => ({ name, species: 'cat' });
const dog = (name: string): Label => ({ name, species: 'dog' });

describe('confusionOf', () => {
  it('is mild for a British Shorthair that is called a Russian Blue, grave for a Siamese called a Persian', () => {
    expect(confusionOf(cat('British_Shorthair'), cat('Russian_Blue'))).toBe('sameGroup');
    expect(confusionOf(cat('Siamese'), cat('Persian'))).toBe('sameSpecies');
    expect(confusionOf(cat('Persian'), dog('pug'))).toBe('otherSpecies');
    expect(confusionOf(dog('pug'), dog('pug'))).toBe('right');
  });

  it('costs more the graver it is', () => {
    expect(COSTS.right).toBe(0);
    expect(COSTS.sameGroup).toBeLessThan(COSTS.sameSpecies);
    expect(COSTS.sameSpecies).toBeLessThan(COSTS.otherSpecies);
  });

  it('goes by the species alone for breeds that no group has', () => {
    expect(confusionOf(cat('Toyger'), cat('Russian_Blue'))).toBe('sameSpecies');
    expect(confusionOf(cat('Toyger'), cat('Savannah'))).toBe('sameSpecies');
    expect(confusionOf(cat('Toyger'), dog('whippet'))).toBe('otherSpecies');
  });
});

describe('groupOf', () => {
  it('has the 37 breeds once each', () => {
    const breeds = Object.values(BREED_GROUPS).flat();
    expect(breeds).toHaveLength(37);
    expect(new Set(breeds.map((breed) => breed.toLowerCase())).size).toBe(37);
  });

  it('knows a breed by other spellings of its name', () => {
    const spellings = ['Russian_Blue', 'russian blue', 'cat_Russian-Blue', 'RUSSIAN BLUE'];
    expect(new Set(spellings.map(groupOf))).toEqual(new Set(['short-haired cats']));
    expect(groupOf('Toyger')).toBeNull();
  });
});
