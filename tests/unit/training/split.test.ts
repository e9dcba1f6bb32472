import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../../../core/hash.ts';
import type { Picture } from '../../../training/data/data-set.ts';
import { assignFolds, chooseStratified, splitPictures } from '../../../training/data/split.ts';
import { readSplitLists, splitByLists } from '../../../training/data/split-lists.ts';

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
    expect(splitPictures(pictures, options)).toMatchObject({ training, evaluation });
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

/** Puts every two following pictures of a class, or more, into one group. */
const inGroups = (pictures: Picture[], size = 2): Picture[] =>
  pictures.map((picture, i) => ({ ...picture, group: pictures[i - (i % size)]!.sha256 }));

describe('near-duplicates', () => {
  it.each([1, 2, 3])('are on one side, by seed %i, and listed', (seed) => {
    const pictures = inGroups(makePictures([20, 30, 50]));
    const { training, evaluation, nearDuplicates } = splitPictures(pictures, { ...options, seed });
    const held = new Set(evaluation.map(({ group }) => group));
    expect(training.filter(({ group }) => held.has(group))).toEqual([]);
    expect(evaluation).toHaveLength(20);
    expect(nearDuplicates).toHaveLength(50);
    expect(nearDuplicates[0]).toEqual(['0/0.jpg', '0/1.jpg']);
  });

  it('leave every other picture where it was', () => {
    const alone = makePictures([20, 30, 50]);
    const before = new Set(hashes(splitPictures(alone, options).evaluation));
    const pair = alone.map((picture, i) => (i < 2 ? { ...picture, group: alone[0]!.sha256 } : picture));
    const after = hashes(splitPictures(pair, options).evaluation);
    expect(after.filter((hash) => !before.has(hash)).length).toBeLessThanOrEqual(2);
  });

  it('that are more than the share leave one group to measure by, and the rest to train on', () => {
    const { training, evaluation } = splitPictures(inGroups(makePictures([6, 6, 6]), 3), options);
    expect([training.length, evaluation.length]).toEqual([9, 9]);
  });

  it('of two classes stay together, and both classes are on both sides', () => {
    const pictures = makePictures([6, 6, 6]);
    const shared = { group: pictures[0]!.sha256 };
    const mixed = pictures.map((picture, i) => (i === 0 || i === 6 ? { ...picture, ...shared } : picture));
    for (let seed = 0; seed < 10; seed++) {
      const { training, evaluation } = splitPictures(mixed, { ...options, seed });
      const inTraining = training.filter(({ group }) => group === shared.group).length;
      expect([0, 2]).toContain(inTraining);
      expect(new Set(evaluation.map(({ label }) => label)).size).toBe(3);
    }
  });

  it('that are a whole class are an error that names it', () => {
    const pictures = [...makePictures([5, 0, 5]), ...inGroups(makePictures([0, 4, 0]), 4)];
    expect(() => splitPictures(pictures, options)).toThrow(
      'Class b has 4 pictures, all near-duplicates of each other; it needs at least 2',
    );
  });

  // Field case 88.
  it('are in one fold', () => {
    const pictures = inGroups(makePictures([20, 30, 50]));
    const folds = assignFolds(pictures, { classes: 3, folds: 5, seed: 1 });
    const foldsOf = Map.groupBy(pictures.keys(), (i) => pictures[i]!.group);
    for (const members of foldsOf.values()) expect(new Set(members.map((i) => folds[i])).size).toBe(1);
    const counts = [0, 1, 2, 3, 4].map((fold) => folds.filter((own) => own === fold).length);
    expect(counts).toEqual([20, 20, 20, 20, 20]);
  });
});

describe('splitByLists', () => {
  const pictures = [
    { path: 'Abyssinian/Abyssinian_1.jpg', label: 0 },
    { path: 'Abyssinian/Abyssinian_2.png', label: 0 },
    { path: 'Abyssinian/Abyssinian_3.jpg', label: 0 },
    { path: 'pug/pug_1.jpg', label: 1 },
    { path: 'pug/pug_2 (1).jpg', label: 1 },
  ].map((picture) => ({ ...picture, sha256: sha256(picture.path) }));
  const breeds = ['Abyssinian', 'pug'];
  const skipped = [{ path: 'pug/pug_9.jpg', reason: 'the file is empty' }];
  const list = (title: string, ...names: string[]) => ({ title, names });
  const trainval = list('trainval.txt', 'Abyssinian_1', 'pug_1');
  const split = (training: typeof trainval, evaluation: typeof trainval, from: Picture[] = pictures) =>
    splitByLists(from, { classes: breeds, lists: [training, evaluation], skipped });

  it('takes names without ending, with ending and with folder', () => {
    const plan = split(trainval, list('test.txt', 'Abyssinian_2.png', 'pug/pug_2 (1)'));
    expect(plan.training.map(({ path }) => path)).toEqual(['Abyssinian/Abyssinian_1.jpg', 'pug/pug_1.jpg']);
    expect(plan.evaluation.map(({ path }) => path)).toEqual([
      'Abyssinian/Abyssinian_2.png',
      'pug/pug_2 (1).jpg',
    ]);
    expect(plan.rule).toContain('by the lists trainval.txt and test.txt');
  });

  it('lists pictures in neither list and names that no picture has, but not names of skipped files', () => {
    const plan = split(trainval, list('test.txt', 'Abyssinian_2', 'pug_2 (1)', 'pug_7', 'pug_9'));
    expect(plan.leftOut).toEqual([
      { path: 'Abyssinian/Abyssinian_3.jpg', reason: 'in neither list' },
      { path: 'pug_7', reason: 'in test.txt, but there is no such picture' },
    ]);
  });

  it('trains on no near-duplicate of a picture that is held back', () => {
    const group = 'one';
    const twins = pictures.map((picture) => (picture.label === 0 ? { ...picture, group } : picture));
    const more = [...twins, { path: 'Abyssinian/Abyssinian_4.jpg', label: 0, sha256: sha256('4') }];
    const both = list('trainval.txt', 'Abyssinian_1', 'Abyssinian_4', 'pug_1');
    const plan = split(both, list('test.txt', 'Abyssinian_2', 'Abyssinian_3', 'pug_2 (1)'), more);
    expect(plan.training.map(({ path }) => path)).toEqual(['pug/pug_1.jpg', 'Abyssinian/Abyssinian_4.jpg']);
    expect(plan.leftOut).toEqual([
      {
        path: 'Abyssinian/Abyssinian_1.jpg',
        reason: expect.stringMatching(/a near-duplicate of .*, which is held back/),
      },
    ]);
  });

  it.each([
    [list('test.txt', 'Abyssinian_1', 'pug_2 (1)'), 'Abyssinian/Abyssinian_1.jpg is in both lists'],
    [list('test.txt', 'Abyssinian_2'), 'Class pug has no picture to measure by'],
  ])('refuses %j', (test, message) => {
    expect(() => split(trainval, test)).toThrow(message);
  });

  it('refuses a name that fits several pictures', () => {
    const twice = [...pictures, { path: 'pug/Abyssinian_1.jpg', label: 1, sha256: sha256('x') }];
    expect(() => split(trainval, list('test.txt', 'pug_2 (1)'), twice)).toThrow(
      'Abyssinian_1 can be Abyssinian/Abyssinian_1.jpg or pug/Abyssinian_1.jpg',
    );
  });
});

describe('readSplitLists', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pawprint-lists-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("reads Oxford's lines and plain names", async () => {
    const [trainval, test] = [join(folder, 'trainval.txt'), join(folder, 'test.txt')];
    writeFileSync(
      trainval,
      '#Image CLASS-ID SPECIES BREED ID\r\nAbyssinian_100 1 1 1\r\n\r\npug_2 (1) 25 2 18\r\n',
    );
    writeFileSync(test, 'great_pyrenees_12\n');
    expect(await readSplitLists(`${trainval}, ${test}`)).toEqual([
      { title: 'trainval.txt', names: ['Abyssinian_100', 'pug_2 (1)'] },
      { title: 'test.txt', names: ['great_pyrenees_12'] },
    ]);
    await expect(readSplitLists(trainval)).rejects.toThrow('expected two files');
    await expect(readSplitLists(`${trainval},${join(folder, 'no.txt')}`)).rejects.toThrow('no.txt, which');
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
