import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { addFeedback, type WithFeedback } from '../../../../training/container/feedback.ts';
import { readDataSet } from '../../../../training/data/data-set.ts';
import { splitPictures } from '../../../../training/data/split.ts';
import { readSplitLists, splitByLists } from '../../../../training/data/split-lists.ts';
import { DRAWN_BREEDS, drawPhotograph, writeDrawnPhotographs } from '../../../helpers/drawn-photographs.ts';

const SETTINGS = { split: '', seed: 1, evaluationShare: 0.25 };
const reporter = { line() {}, progress: () => ({ onProgress() {}, end() {} }) };

let folder: string;
let data: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pawprint-feedback-'));
  data = join(folder, 'data');
  await writeDrawnPhotographs(data, { count: 4 });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function give(breed: string, id: string, bytes: Buffer): Promise<void> {
  mkdirSync(join(folder, 'feedback', breed), { recursive: true });
  writeFileSync(join(folder, 'feedback', breed, `${id}.jpg`), bytes);
}

const add = () =>
  addFeedback(data, join(folder, 'feedback'), { into: join(folder, 'both'), settings: SETTINGS, reporter });

/** What training makes of the folder and the lists. */
async function split({ folder: root, split: lists }: WithFeedback) {
  const { pictures, classes, skipped } = await readDataSet(root);
  return splitByLists(pictures, { classes, skipped, lists: await readSplitLists(lists) });
}

async function splitAlone() {
  const { pictures, classes } = await readDataSet(data);
  return splitPictures(pictures, { ...SETTINGS, classes });
}

const hashes = (pictures: readonly { sha256: string }[]) => pictures.map(({ sha256 }) => sha256).sort();

it('trains on it, and holds back the same pictures as without it', async () => {
  await give('Red_Cat', '20261101-aa', await drawPhotograph(DRAWN_BREEDS.Red_Cat, 'feedback'));
  const before = await splitAlone();
  const both = (await add())!;
  const after = await split(both);
  expect(both.added).toBe(1);
  expect(hashes(after.evaluation)).toEqual(hashes(before.evaluation));
  expect(after.training).toHaveLength(before.training.length + 1);
});

it('leaves out a picture that is nearly one that is held back', async () => {
  const held = (await splitAlone()).evaluation[0]!;
  const again = await sharp(readFileSync(join(data, held.path)))
    .jpeg({ quality: 70 })
    .toBuffer();
  await give(held.path.split('/')[0]!, '20261101-aa', again);
  const { training, leftOut, evaluation } = await split((await add())!);
  expect(leftOut).toHaveLength(1);
  expect(leftOut[0]!.reason).toContain(`a near-duplicate of ${held.path}, which is held back`);
  expect(training.filter(({ path }) => path.includes('feedback'))).toEqual([]);
  expect(hashes(evaluation)).toContain(held.sha256);
});

it('is put into a folder that holds all breeds by the name of its breed', async () => {
  const flat = join(folder, 'flat');
  mkdirSync(flat);
  for (const breed of Object.keys(DRAWN_BREEDS)) {
    for (let i = 1; i <= 4; i++)
      renameSync(join(data, breed, `${breed}_${i}.jpg`), join(flat, `${breed}_${i}.jpg`));
  }
  data = flat;
  await give('blue_dog', '20261101-aa', await drawPhotograph(DRAWN_BREEDS.blue_dog, 'feedback'));
  const both = (await add())!;
  const { classes, pictures } = await readDataSet(both.folder);
  expect(classes).toEqual(['Green_Cat', 'Red_Cat', 'blue_dog']);
  expect(pictures.filter(({ label }) => classes[label] === 'blue_dog')).toHaveLength(5);
});

it('is nothing where no picture is of a breed of the data set', async () => {
  await give('Unicorn', '20261101-aa', await drawPhotograph([9, 9, 9], 'feedback'));
  expect(await add()).toBeNull();
});

it('refuses a data set with a name that a list can not hold', async () => {
  renameSync(join(data, 'Red_Cat', 'Red_Cat_1.jpg'), join(data, 'Red_Cat', 'a #1.jpg'));
  await give('Red_Cat', '20261101-aa', await drawPhotograph(DRAWN_BREEDS.Red_Cat, 'feedback'));
  await expect(add()).rejects.toThrow('"Red_Cat/a #1.jpg" is a name that a list of photographs can\'t hold');
});
