/**
 * @module training/data/split
 * Which pictures are trained on, which are held back, and the folds of the training part. Near-duplicates are
 * never on both sides, nor in two folds.
 */
import { DataError } from '../../core/errors.ts';
import { shuffleBy } from '../random.ts';
import type { Picture } from './data-set.ts';
import type { Skipped } from './entries.ts';
import { listNearDuplicates } from './near-duplicates.ts';

export interface Split {
  training: Picture[];
  evaluation: Picture[];
}

/** A split with what is to be said of it. */
export interface PlannedSplit extends Split {
  /** In words, for the manifest. */
  rule: string;
  /** Paths of each group of pictures that are near-duplicates of each other. */
  nearDuplicates: string[][];
  /** Pictures that are on neither side, and names in lists that no picture has. */
  leftOut: Skipped[];
}

/** How {@link splitPictures} splits, in words for the manifest. */
export const SPLIT_RULE =
  'of each class, in the order of SHA-256("split:seed:" + SHA-256 of the file), the first share is held back, at least one and never all; near-duplicates go together, in the place of the one with the smallest SHA-256';

/**
 * Splits every class by itself. The place of a picture, or of a group of near-duplicates, in the order depends
 * on its bytes and the seed alone, so neither file names nor the order of a directory matter, and pictures that
 * come later move hardly any other one. A group with pictures of two classes counts for both.
 *
 * Throws {@link DataError} for a class with fewer than two pictures, or whose pictures are all one group.
 */
export function splitPictures(
  pictures: readonly Picture[],
  { classes, seed, evaluationShare }: { classes: readonly string[]; seed: number; evaluationShare: number },
): PlannedSplit {
  const held = new Map<string, boolean>();
  for (const [label, members] of membersOf(pictures, classes.length).entries()) {
    const groups = Map.groupBy(members, groupOf);
    if (groups.size < 2) {
      const all = members.length > 1 ? ', all near-duplicates of each other' : '';
      throw new DataError(
        `Class ${classes[label]} has ${count(members.length)}${all}; it needs at least 2, one to train on and one to measure by.`,
      );
    }
    const target = Math.min(Math.max(1, Math.round(evaluationShare * members.length)), members.length - 1);
    holdBack(
      shuffleBy([...groups], `split:${seed}`, ([group]) => group),
      { target, held },
    );
  }
  const split: Split = { training: [], evaluation: [] };
  for (const members of membersOf(pictures, classes.length)) {
    for (const picture of shuffleBy(members, `split:${seed}`, ({ sha256 }) => sha256)) {
      split[held.get(groupOf(picture)) ? 'evaluation' : 'training'].push(picture);
    }
  }
  checkBothSides(split, classes);
  return { ...split, rule: SPLIT_RULE, nearDuplicates: listNearDuplicates(pictures), leftOut: [] };
}

/**
 * Decides for the groups of one class, in their order, as long as `target` isn't reached. A group that is larger
 * than what is still wanted is passed over, so a class is never short of pictures to train on; where that
 * leaves none to measure by, the smallest group is taken. What an earlier class decided stands.
 */
function holdBack(
  ordered: readonly (readonly [string, readonly Picture[]])[],
  { target, held }: { target: number; held: Map<string, boolean> },
): void {
  const open = ordered.filter(([group]) => !held.has(group));
  const decided = ordered.filter(([group]) => held.get(group));
  let count = decided.reduce((sum, [, members]) => sum + members.length, 0);
  for (const [group, members] of open) {
    const fits = count + members.length <= target;
    held.set(group, fits);
    if (fits) count += members.length;
  }
  const smallest = [...open].sort(([, a], [, b]) => a.length - b.length)[0];
  if (count === 0 && smallest) held.set(smallest[0], true);
}

/** Throws {@link DataError} that names a class that is missing on a side. */
export function checkBothSides({ training, evaluation }: Split, classes: readonly string[]): void {
  for (const [label, name] of classes.entries()) {
    const isOnSide = (side: readonly Picture[]) => side.some((picture) => picture.label === label);
    if (!isOnSide(training)) throw new DataError(`Class ${name} has no picture to train on in this split.`);
    if (!isOnSide(evaluation))
      throw new DataError(`Class ${name} has no picture to measure by in this split.`);
  }
}

/** The fold of each picture, 0 to `folds` - 1, spread evenly over each class; near-duplicates are in one fold. */
export function assignFolds(
  pictures: readonly Picture[],
  { classes, folds, seed }: { classes: number; folds: number; seed: number },
): Int32Array {
  const fold = new Map<string, number>();
  let next = 0;
  for (const members of membersOf(pictures, classes)) {
    const groups = [...new Set(members.map(groupOf))];
    for (const group of shuffleBy(groups, `folds:${seed}`, (id) => id)) {
      // The count goes on from class to class, so that small classes don't all miss the last folds.
      if (!fold.has(group)) fold.set(group, next++ % folds);
    }
  }
  return Int32Array.from(pictures, (picture) => fold.get(groupOf(picture))!);
}

/** About `n` pictures in which the classes have the shares they have in `pictures`. */
export function chooseStratified(pictures: readonly Picture[], n: number, key: string): Picture[] {
  if (n >= pictures.length) return [...pictures];
  const shuffled = shuffleBy(pictures, key, (picture) => picture.sha256);
  // Stable by class: every (length / n)-th of the row then meets each class in proportion.
  const row = [...shuffled].sort((a, b) => a.label - b.label);
  return Array.from({ length: n }, (_, i) => row[Math.floor(((i + 0.5) * row.length) / n)]!);
}

/** What stays together: the group of a picture, or itself. */
export const groupOf = (picture: Picture) => picture.group ?? picture.sha256;

function membersOf(pictures: readonly Picture[], classes: number): Picture[][] {
  const members: Picture[][] = Array.from({ length: classes }, () => []);
  for (const picture of pictures) members[picture.label]!.push(picture);
  return members;
}

const count = (n: number) => (n === 0 ? 'no picture' : n === 1 ? '1 picture' : `${n} pictures`);
