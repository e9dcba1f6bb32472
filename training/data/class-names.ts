/**
 * @module training/data/class-names
 * Names of classes: what counts as one name, and classes that were found under several spellings.
 */
import { compareBytes } from '../../core/hash.ts';

/** A class as it was found, in a folder or in names of files. */
export interface NamedFiles {
  name: string;
  /** Relative to the root, with `/`. */
  paths: string[];
}

/**
 * What is the same for all spellings of a name: `British Shorthair`, `British_Shorthair` and
 * `british_shorthair `, and an é of one code point or of two (macOS stores the latter).
 */
export function nameKey(name: string): string {
  return tidyName(name)
    .toLowerCase()
    .replace(/[\s_]+/g, '_');
}

/** NFC, without blanks at the ends. Case and underscores stay. */
export function tidyName(name: string): string {
  return name.normalize('NFC').trim();
}

/**
 * Merges classes whose names differ only in what {@link nameKey} drops, and says so in `notes`.
 *
 * They are merged, not refused: no set has two breeds that differ in a capital letter, two spellings come from
 * zips made on different systems, and as two classes they would halve each other's accuracy. The spelling
 * with the most files stays, the first in byte order where several have as many.
 */
export function mergeSpellings(found: readonly NamedFiles[]): { classes: NamedFiles[]; notes: string[] } {
  const byKey = new Map<string, NamedFiles[]>();
  for (const one of found) byKey.set(nameKey(one.name), [...(byKey.get(nameKey(one.name)) ?? []), one]);
  const notes: string[] = [];
  const classes = [...byKey.values()].map((spellings) => {
    spellings.sort((a, b) => b.paths.length - a.paths.length || compareBytes(a.name, b.name));
    const name = tidyName(spellings[0]!.name);
    const names = [...new Set(spellings.map((one) => one.name))].sort(compareBytes);
    if (names.length > 1) {
      notes.push(
        `${names.map((one) => JSON.stringify(one)).join(' and ')} differ in case, blanks or the code of a letter only: one class, ${name}`,
      );
    }
    return { name, paths: spellings.flatMap(({ paths }) => paths).sort(compareBytes) };
  });
  classes.sort((a, b) => compareBytes(a.name, b.name));
  return { classes, notes: notes.sort(compareBytes) };
}
