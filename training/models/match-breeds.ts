/**
 * @module training/models/match-breeds
 * Which label of a model each folder of a data set is, by the exact name.
 */
import type { Label } from '../../core/manifest.ts';

export interface BreedMatch {
  /** For each class of the data set its index among the model's labels, or null where the model doesn't know it. */
  labelOf: (number | null)[];
  /** The classes that the model doesn't know, each with the label that differs in writing only. */
  unknown: { name: string; nearest: string | null }[];
}

/**
 * Names are matched exactly: the data's spelling was the model's when it was trained, and `Bengal` of one set may not
 * be the `bengal` of another. One that differs only in case, blanks, underscores or hyphens is told as a hint.
 */
export function matchBreeds(classes: readonly string[], labels: readonly Label[]): BreedMatch {
  const indices = new Map(labels.map(({ name }, index) => [name, index]));
  const spelled = new Map(labels.map(({ name }) => [spelling(name), name]));
  return {
    labelOf: classes.map((name) => indices.get(name) ?? null),
    unknown: classes
      .filter((name) => !indices.has(name))
      .map((name) => ({ name, nearest: spelled.get(spelling(name)) ?? null })),
  };
}

const spelling = (name: string) =>
  name
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\s_-]+/g, '');
