/**
 * @module training/data/split
 * Which pictures are trained on, which are held back, and the folds of the training part.
 */
import { DataError } from '../../core/errors.ts';
import { shuffleBy } from '../random.ts';
import type { Picture } from './data-set.ts';

export interface Split {
  training: Picture[];
  evaluation: Picture[];
}

/** How {@link splitPictures} splits, in words for the manifest. */
export const SPLIT_RULE =
  'of each class, in the order of SHA-256("split:seed:" + SHA-256 of the file), the first share is held back, at least one and never all';

/**
 * Splits every class by itself. A picture's place in the order depends on its bytes and the seed alone, so
 * neither file names nor the order of a directory matter. Throws {@link DataError} for a class with fewer
 * than two pictures.
 */
export function splitPictures(
  pictures: readonly Picture[],
  { classes, seed, evaluationShare }: { classes: readonly string[]; seed: number; evaluationShare: number },
): Split {
  const split: Split = { training: [], evaluation: [] };
  for (const [label, members] of membersOf(pictures, classes.length).entries()) {
    if (members.length < 2) {
      throw new DataError(
        `Class ${classes[label]} has ${count(members.length)}; it needs at least 2, one to train on and one to measure by.`,
      );
    }
    const ordered = shuffleBy(members, `split:${seed}`, (picture) => picture.sha256);
    const held = Math.min(Math.max(1, Math.round(evaluationShare * members.length)), members.length - 1);
    split.evaluation.push(...ordered.slice(0, held));
    split.training.push(...ordered.slice(held));
  }
  return split;
}

/** The fold of each picture, 0 to `folds` - 1, spread evenly over each class. */
export function assignFolds(
  pictures: readonly Picture[],
  { classes, folds, seed }: { classes: number; folds: number; seed: number },
): Int32Array {
  const fold = new Map<Picture, number>();
  let next = 0;
  for (const members of membersOf(pictures, classes)) {
    for (const picture of shuffleBy(members, `folds:${seed}`, ({ sha256 }) => sha256)) {
      // The count goes on from class to class, so that small classes don't all miss the last folds.
      fold.set(picture, next++ % folds);
    }
  }
  return Int32Array.from(pictures, (picture) => fold.get(picture)!);
}

/** About `n` pictures in which the classes have the shares they have in `pictures`. */
export function chooseStratified(pictures: readonly Picture[], n: number, key: string): Picture[] {
  if (n >= pictures.length) return [...pictures];
  const shuffled = shuffleBy(pictures, key, (picture) => picture.sha256);
  // Stable by class: every (length / n)-th of the row then meets each class in proportion.
  const row = [...shuffled].sort((a, b) => a.label - b.label);
  return Array.from({ length: n }, (_, i) => row[Math.floor(((i + 0.5) * row.length) / n)]!);
}

function membersOf(pictures: readonly Picture[], classes: number): Picture[][] {
  const members: Picture[][] = Array.from({ length: classes }, () => []);
  for (const picture of pictures) members[picture.label]!.push(picture);
  return members;
}

const count = (n: number) => (n === 0 ? 'no picture' : n === 1 ? '1 picture' : `${n} pictures`);
