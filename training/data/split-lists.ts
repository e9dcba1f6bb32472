/**
 * @module training/data/split-lists
 * A split by two lists of names, such as the Oxford-IIIT Pet set comes with (`annotations/trainval.txt`, `test.txt`).
 */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { DataError } from '../../core/errors.ts';
import { compareBytes } from '../../core/hash.ts';
import type { Picture } from './data-set.ts';
import type { Skipped } from './entries.ts';
import { listNearDuplicates } from './near-duplicates.ts';
import { checkBothSides, groupOf, type PlannedSplit } from './split.ts';

export interface NameList {
  /** Of the file, for messages. */
  title: string;
  names: string[];
}

const SIDES = ['training', 'evaluation'] as const;

/**
 * Reads the two files that `setting` names, `trainval.txt,test.txt`: a name a line, `#` begins a comment. Oxford's
 * lines have three numbers after the name (class, species, breed), which are dropped. Throws {@link DataError}.
 */
export async function readSplitLists(setting: string): Promise<[training: NameList, evaluation: NameList]> {
  const paths = setting.split(',').map((path) => path.trim());
  if (paths.length !== 2 || paths.includes('')) {
    throw new DataError(`--split is ${JSON.stringify(setting)}, expected two files: trainval.txt,test.txt.`);
  }
  const [training, evaluation] = await Promise.all(paths.map(readList));
  return [training!, evaluation!];
}

async function readList(path: string): Promise<NameList> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new DataError(`--split names ${path}, which can't be read.`, { cause: error });
  });
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  const names = lines
    .map((line) =>
      line
        .replace(/(^|\s)#.*/, '')
        .trim()
        .replace(/(\s+\d+){3}$/, ''),
    )
    .filter((name) => name !== '');
  if (names.length === 0) throw new DataError(`${path} names no picture.`);
  return { title: basename(path), names };
}

/**
 * Splits by names: of a file, with or without its ending and the folders above it. The lists decide, so that
 * figures can be compared with those of others; but a near-duplicate of a picture that is held back isn't
 * trained on. Names that no picture has and pictures that are in neither list are listed in `leftOut`, a name
 * of a file in `skipped` isn't: why it isn't used is said there.
 *
 * Throws {@link DataError} for a name that fits several pictures or is in both lists, and for a class that a
 * side has no picture of.
 */
export function splitByLists(
  pictures: readonly Picture[],
  {
    classes,
    lists,
    skipped,
  }: { classes: readonly string[]; lists: readonly [NameList, NameList]; skipped: readonly Skipped[] },
): PlannedSplit {
  const find = indexByName(pictures);
  const isSkipped = indexByName(skipped);
  const sides = new Map<Picture, (typeof SIDES)[number]>();
  const leftOut: Skipped[] = [];
  for (const [at, { title, names }] of lists.entries()) {
    for (const name of names) {
      const found = find(name);
      if (found.length > 1) {
        throw new DataError(
          `${title}: ${name} can be ${found.map(({ path }) => path).join(' or ')}. Name it with its folder and ending.`,
        );
      }
      const picture = found[0];
      if (picture === undefined) {
        if (isSkipped(name).length === 0)
          leftOut.push({ path: name, reason: `in ${title}, but there is no such picture` });
        continue;
      }
      if (at === 1 && sides.get(picture) === 'training') {
        throw new DataError(`${picture.path} is in both lists, ${lists[0].title} and ${title}.`);
      }
      sides.set(picture, SIDES[at]!);
    }
  }
  const heldBack = new Map<string, Picture>();
  for (const [picture, side] of sides) if (side === 'evaluation') heldBack.set(groupOf(picture), picture);

  const plan: PlannedSplit = {
    training: [],
    evaluation: [],
    rule: `by the lists ${lists[0].title} and ${lists[1].title}; near-duplicates of pictures that are held back are left out`,
    nearDuplicates: listNearDuplicates(pictures),
    leftOut,
  };
  for (const picture of pictures) {
    const side = sides.get(picture);
    const twin = heldBack.get(groupOf(picture));
    if (side === undefined) leftOut.push({ path: picture.path, reason: `in neither list` });
    else if (side === 'training' && twin) {
      leftOut.push({ path: picture.path, reason: `a near-duplicate of ${twin.path}, which is held back` });
    } else plan[side].push(picture);
  }
  leftOut.sort((a, b) => compareBytes(a.path, b.path));
  checkBothSides(plan, classes);
  return plan;
}

/** Looks things up by the end of their path: whole, without the ending, and each without the folders. */
function indexByName<T extends { path: string }>(items: readonly T[]): (name: string) => T[] {
  const index = new Map<string, Set<T>>();
  for (const item of items) {
    const whole = item.path.normalize('NFC');
    for (const path of [whole, whole.replace(/\.[^./]+$/, '')]) {
      for (const name of [path, basename(path)]) index.set(name, (index.get(name) ?? new Set()).add(item));
    }
  }
  return (name) => [...(index.get(name.normalize('NFC').replace(/^\.\//, '')) ?? [])];
}
