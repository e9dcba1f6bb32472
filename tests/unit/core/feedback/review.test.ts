/** What a review makes of feedback, and that nothing is left of what was taken back. */
import sharp from 'sharp';
import { deleteFeedback, keepFeedback } from '../../../../core/feedback/feedback.ts';
import { feedbackPath, feedbackPicturePath, feedbackRecordSchema } from '../../../../core/feedback/record.ts';
import { acceptFeedback, findFeedback, rejectFeedback } from '../../../../core/feedback/review.ts';
import type { Label } from '../../../../core/manifest.ts';
import { type MemoryStorage, memoryStorage } from '../../../helpers/memory-storage.ts';
import * as pictures from '../../../helpers/pictures.ts';

const LABELS: Label[] = [
  { name: 'pug', species: 'dog' },
  { name: 'Maine_Coon', species: 'cat' },
];
const ADA = { by: 'ada', labels: LABELS };

let memory: MemoryStorage;
let jpeg: Buffer;
beforeAll(async () => {
  jpeg = await pictures.petJpeg();
});
beforeEach(() => {
  memory = memoryStorage();
});

const give = async (label: string, { withPicture = true } = {}) => {
  const picture = withPicture ? { jpeg, width: 640, height: 480 } : null;
  return (await keepFeedback(memory.storage, { label, requestId: 'r-1', version: null, picture })).id;
};
const copies = () => [...memory.blobs.keys()].filter((name) => name.startsWith('datasets/'));
const recordOf = (id: string) =>
  feedbackRecordSchema.parse(JSON.parse(memory.blobs.get(`feedback/${feedbackPath(id)}`)!.bytes.toString()));

test('an accepted picture is copied under its label, and the record says who, when and why', async () => {
  const id = await give('pug');
  const record = await acceptFeedback(memory.storage, id, { ...ADA, reason: 'clear' });
  expect(copies()).toEqual([`datasets/feedback/pug/${id}.jpg`]);
  expect(memory.blobs.get(copies()[0]!)!.bytes).toEqual(jpeg);
  expect(record).toEqual(recordOf(id));
  expect(record).toMatchObject({
    state: 'accepted',
    label: 'pug',
    review: { by: 'ada', breed: 'pug', reason: 'clear' },
  });
});

test('accepted again it is the same; with another breed the picture moves', async () => {
  const id = await give('pug');
  const first = await acceptFeedback(memory.storage, id, ADA);
  expect(await acceptFeedback(memory.storage, id, { ...ADA, by: 'bob' })).toEqual(first);
  await acceptFeedback(memory.storage, id, { ...ADA, breed: 'Maine_Coon' });
  expect(copies()).toEqual([`datasets/feedback/Maine_Coon/${id}.jpg`]);
  // Without a breed it stays where a reviewer put it.
  await acceptFeedback(memory.storage, id, ADA);
  expect(copies()).toEqual([`datasets/feedback/Maine_Coon/${id}.jpg`]);
});

test('rejected, it is no training data any more', async () => {
  const id = await give('pug');
  await acceptFeedback(memory.storage, id, ADA);
  await rejectFeedback(memory.storage, id, { by: 'bob', reason: 'blurred' });
  expect(copies()).toEqual([]);
  expect(recordOf(id)).toMatchObject({ state: 'rejected', review: { by: 'bob', breed: null } });
});

test.each<[string, string, { withPicture?: boolean }, object, string]>([
  ['no picture', 'pug', { withPicture: false }, {}, 'came without a picture'],
  ['"other" is no breed', 'other', {}, {}, '"other" is no breed to train on'],
  ['a breed that the model lacks', 'Dodo', {}, {}, 'no breed of the model in production'],
  ['a breed given by hand that it lacks', 'pug', {}, { breed: '../production' }, 'no breed of the model'],
  ['a name that leads out of the folder', 'pug', {}, { breed: '../x', labels: null }, "can't be the name"],
  ['a name with a slash', 'pug', {}, { breed: 'a/b', labels: null }, "can't be the name"],
])('refuses %s, and changes nothing', async (_kind, label, options, given, words) => {
  const id = await give(label, options);
  await expect(acceptFeedback(memory.storage, id, { ...ADA, ...given })).rejects.toThrow(words);
  expect(recordOf(id)).toMatchObject({ state: 'new' });
  expect(copies()).toEqual([]);
});

test('what a camera wrote into a picture does not get into the data set, wherever the picture came from', async () => {
  const id = await give('pug');
  const camera = await pictures
    .pet({ width: 64, height: 64 })
    .withExif({ IFD0: { Artist: 'owner' } })
    .jpeg()
    .toBuffer();
  memory.blobs.get(`feedback/${feedbackPicturePath(id)}`)!.bytes = camera;
  await acceptFeedback(memory.storage, id, ADA);
  const { bytes } = memory.blobs.get(copies()[0]!)!;
  expect((await sharp(bytes).metadata()).exif).toBeUndefined();
  expect(bytes.includes('owner')).toBe(false);
});

describe('taken back by its id', () => {
  test('the accepted copy goes with the rest', async () => {
    const [id, other] = [await give('pug'), await give('pug')];
    for (const one of [id, other]) await acceptFeedback(memory.storage, one, ADA);
    await deleteFeedback(memory.storage, id);
    expect([...memory.blobs.keys()].filter((name) => name.includes(id))).toEqual([]);
    expect(copies()).toEqual([`datasets/feedback/pug/${other}.jpg`]);
  });

  test('also where the record is gone already, its retention being over', async () => {
    const id = await give('pug');
    await acceptFeedback(memory.storage, id, ADA);
    memory.blobs.delete(`feedback/${feedbackPath(id)}`);
    memory.blobs.delete(`feedback/${feedbackPicturePath(id)}`);
    await deleteFeedback(memory.storage, id);
    expect(copies()).toEqual([]);
  });

  // Every moment of a review at which the owner's request may come.
  test('while it is being accepted: nothing is left, whenever that is', async () => {
    let calls = 1;
    for (let at = 1; at <= calls; at++) {
      memory = memoryStorage();
      const id = await give('pug');
      let count = 0;
      memory.before = async () => {
        count++;
        if (count !== at) return;
        memory.before = () => {
          count++;
        };
        await deleteFeedback(memory.storage, id);
      };
      await acceptFeedback(memory.storage, id, ADA).catch((error) => {
        expect(error).toMatchObject({ status: expect.any(Number) });
      });
      calls = Math.max(calls, count);
      if (count < at) break;
      const left = [...memory.blobs.keys()].filter((name) => name.includes(id));
      expect([at, left]).toEqual([at, []]);
    }
    expect(calls).toBeGreaterThan(6);
  });

  test('by two at once with a review, in any order of their steps', async () => {
    for (let seed = 1; seed <= 60; seed++) {
      memory = memoryStorage();
      const id = await give('pug');
      let state = seed;
      memory.before = async () => {
        state = (state * 48_271) % 2_147_483_647;
        for (let turns = state % 5; turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
      };
      await Promise.allSettled([
        acceptFeedback(memory.storage, id, ADA),
        deleteFeedback(memory.storage, id),
        deleteFeedback(memory.storage, id),
      ]);
      expect([seed, [...memory.blobs.keys()].filter((name) => name.includes(id))]).toEqual([seed, []]);
    }
  });
});

test('a review that was cut off after the record is mended by doing it again', async () => {
  const id = await give('pug');
  memory.before = (call, name) => {
    if (call === 'createOnce' && name.startsWith('datasets/')) throw new Error('killed');
  };
  await expect(acceptFeedback(memory.storage, id, ADA)).rejects.toThrow('killed');
  expect([recordOf(id).state, copies()]).toEqual(['accepted', []]);
  memory.before = () => {};
  await acceptFeedback(memory.storage, id, ADA);
  expect(copies()).toEqual([`datasets/feedback/pug/${id}.jpg`]);
});

test('two reviewers at once: the record counts, and one copy is there', async () => {
  for (let round = 0; round < 20; round++) {
    memory = memoryStorage();
    const id = await give('pug');
    await Promise.all([
      acceptFeedback(memory.storage, id, ADA),
      acceptFeedback(memory.storage, id, { ...ADA, breed: 'Maine_Coon' }),
    ]);
    expect(copies()).toEqual([`datasets/feedback/${recordOf(id).review!.breed}/${id}.jpg`]);
  }
});

test('the list reads every day, says what is damaged, and picks by state', async () => {
  const [first, second] = [await give('pug'), await give('pug', { withPicture: false })];
  await rejectFeedback(memory.storage, second, { by: 'ada' });
  memory.blobs.get(`feedback/${feedbackPath(first)}`)!.bytes = Buffer.from('{');
  const all = await findFeedback(memory.storage);
  expect(all.feedback.map(({ id }) => id)).toEqual([second]);
  expect(all.damaged).toEqual([feedbackPath(first)]);
  expect((await findFeedback(memory.storage, { state: 'new' })).feedback).toEqual([]);
});
