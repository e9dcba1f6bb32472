import { sha256 } from '../../../core/hash.ts';
import type { Picture } from '../../../training/data/data-set.ts';
import { assignFolds, chooseStratified, splitPictures } from '../../../training/data/split.ts';

const classes = ['a', 'b', 'c'];
const makePictures = (counts: number[]): Picture[] =>
  counts.flatMap((count, label) =>
    Array.from({ length: count }, (_, i) => ({
      path: `${label}/${i}.jpg`,
      sha256: sha256(`${label} ${i}`),
      label,
    })),
  );
const options = { classes, seed: 1, evaluationShare: 0.2 };
const hashes = (pictures: Picture[]) => pictures.map((picture) => picture.sha256);

describe('splitPictures', () => {
  it('holds back a fifth of each class, at least one, and never all', () => {
    const { training, evaluation } = splitPictures(makePictures([2, 7, 50]), options);
    const count = (pictures: Picture[]) =>
      classes.map((_, label) => pictures.filter((p) => p.label === label).length);
    expect(count(evaluation)).toEqual([1, 1, 10]);
    expect(count(training)).toEqual([1, 6, 40]);
  });

  // Field case 88.
  it('is disjoint, complete, and decided by the seed', () => {
    const pictures = makePictures([20, 30, 50]);
    const { training, evaluation } = splitPictures(pictures, options);
    const all = [...hashes(training), ...hashes(evaluation)];
    expect(new Set(all).size).toBe(pictures.length);
    expect(splitPictures(pictures, options)).toEqual({ training, evaluation });
    expect(hashes(splitPictures(pictures, { ...options, seed: 2 }).evaluation)).not.toEqual(
      hashes(evaluation),
    );
  });

  // Field case 83.
  it('does not depend on the order of the pictures', () => {
    const pictures = makePictures([20, 30, 50]);
    expect(splitPictures([...pictures].reverse(), options)).toEqual(splitPictures(pictures, options));
  });

  it('keeps nearly every picture on its side when others come', () => {
    const few = splitPictures(makePictures([20, 30, 50]), options);
    const more = splitPictures(makePictures([20, 30, 55]), options);
    const moved = few.evaluation.filter(({ sha256: hash }) => hashes(more.training).includes(hash));
    expect(moved.length).toBeLessThanOrEqual(2);
  });

  // Field case 32.
  it('names a class with fewer than two pictures, and its count', () => {
    expect(() => splitPictures(makePictures([5, 1, 5]), options)).toThrow(
      'Class b has 1 picture; it needs at least 2',
    );
    expect(() => splitPictures(makePictures([5, 5, 0]), options)).toThrow('Class c has no picture');
  });
});

test('assignFolds spreads each class evenly, and small classes over all folds', () => {
  const pictures = makePictures([50, 3, 2]);
  const folds = assignFolds(pictures, { classes: 3, folds: 5, seed: 1 });
  const counts = [0, 1, 2, 3, 4].map((fold) => folds.slice(0, 50).filter((own) => own === fold).length);
  expect(counts).toEqual([10, 10, 10, 10, 10]);
  expect(new Set(folds.slice(50)).size).toBe(5);
});

test('chooseStratified meets each class in proportion', () => {
  const chosen = chooseStratified(makePictures([10, 30, 60]), 10, 'key');
  expect([0, 1, 2].map((label) => chosen.filter((p) => p.label === label).length)).toEqual([1, 3, 6]);
  expect(new Set(hashes(chosen)).size).toBe(10);
});
