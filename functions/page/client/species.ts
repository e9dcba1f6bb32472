/**
 * @module functions/page/client/species
 * Among which breeds is looked: those of cats, of dogs, or all.
 */
import { find } from './dom.ts';

export type Species = 'cat' | 'dog';

const choice = find('species', HTMLFieldSetElement);

/** Null for all. */
export function speciesAsked(): Species | null {
  const value = choice.querySelector<HTMLInputElement>('input:checked')?.value;
  return value === 'cat' || value === 'dog' ? value : null;
}

export function onSpeciesChange(then: () => void): void {
  choice.addEventListener('change', then);
}
