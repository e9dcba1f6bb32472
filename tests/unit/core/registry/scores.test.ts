import {
  countAnswer,
  emptyScores,
  readScores,
  SCORE_EDGES,
  type ScoreCounts,
  type ScoresReport,
  scoresReportSchema,
  sumByVersion,
  writeScoresReport,
} from '../../../../core/registry/scores.ts';
import { scoresPath } from '../../../../core/storage/names.ts';
import { memoryStorage } from '../../../helpers/memory-storage.ts';
import { version } from './worlds.ts';

const [A, B] = ['A', 'B'].map(version) as [string, string];
const AT = '2026-11-25T12:00:00.000Z';

/** Counts of answers that all have one score. */
function countsOf(of: string, scores: number[], breed = 'Beagle'): ScoreCounts {
  const counts = emptyScores(of);
  for (const score of scores) countAnswer(counts, { breed, score, reason: null });
  return counts;
}

function aReport(day: string, instance: string, versions: ScoreCounts[]): ScoresReport {
  return { schemaVersion: 1, instance, day, since: AT, at: AT, versions };
}

const days = (since: string, until = since) => ({ since: new Date(since), until: new Date(until) });

describe('counting', () => {
  test.each([
    [0, 0],
    [0.1, 0],
    [0.1000001, 1],
    [0.95, 9],
    [0.951, 10],
    [1, 11],
    // Softmax sums to 1 with the error of floating point.
    [1.0000000000000002, 11],
  ])('a best score of %d is in bucket %d: its end belongs to it', (score, bucket) => {
    expect(countsOf(A, [score]).buckets.indexOf(1)).toBe(bucket);
  });

  test('answers are told apart by breed and by doubt', () => {
    const counts = emptyScores(A);
    countAnswer(counts, { breed: 'Beagle', score: 0.9, reason: null });
    countAnswer(counts, { breed: 'Pug', score: 0.5, reason: 'ambiguous' });
    countAnswer(counts, { breed: 'Beagle', score: 0.25, reason: 'unknown' });
    expect(counts).toMatchObject({
      n: 3,
      sumScores: 1.65,
      confident: 1,
      ambiguous: 1,
      unknown: 1,
      breeds: { Beagle: 2, Pug: 1 },
    });
    expect(scoresReportSchema.safeParse(aReport('2026-11-25', 'one', [counts])).success).toBe(true);
  });

  test('the last edge is 1, and each is larger than the one before', () => {
    expect(SCORE_EDGES.at(-1)).toBe(1);
    expect([...SCORE_EDGES].sort((a, b) => a - b)).toEqual([...SCORE_EDGES]);
  });
});

test('sums are for each version, the oldest first, and leave what they are made of alone', () => {
  const parts = [countsOf(B, [0.2]), countsOf(A, [0.9, 1], 'Pug'), countsOf(B, [0.2, 0.3])];
  const before = structuredClone(parts);
  const sums = sumByVersion(parts);
  expect(sums.map((sum) => [sum.version, sum.n, sum.breeds])).toEqual([
    [A, 2, { Pug: 2 }],
    [B, 3, { Beagle: 3 }],
  ]);
  expect(sums[1]!.buckets.slice(0, 3)).toEqual([0, 2, 1]);
  expect(sums[1]!.sumScores).toBeCloseTo(0.7, 10);
  expect(parts).toEqual(before);
});

describe('reading', () => {
  test('adds up the instances and days of the range, both ends whole, and nothing beside it', async () => {
    const { storage } = memoryStorage();
    const write = (day: string, instance: string, scores: number[]) =>
      writeScoresReport(storage, aReport(day, instance, [countsOf(A, scores)]));
    await write('2026-11-24', 'one', [0.9]);
    await write('2026-11-25', 'one', [0.9, 0.9]);
    await write('2026-11-25', 'two', [0.9, 0.9, 0.9]);
    // A month and a year go by.
    await write('2026-12-31', 'one', [0.5]);
    await write('2027-01-01', 'one', [0.5]);
    const n = async (range: { since: Date; until: Date }) =>
      (await readScores(storage, range)).versions.map((counts) => counts.n);
    await expect(n(days('2026-11-25T23:59:59Z'))).resolves.toEqual([5]);
    await expect(n(days('2026-11-24', '2026-11-25T00:00:00Z'))).resolves.toEqual([6]);
    await expect(n(days('2026-12-31', '2027-01-01'))).resolves.toEqual([2]);
    await expect(n(days('2026-11-26'))).resolves.toEqual([]);
  });

  test('a report that can not be read is named, and stops nothing', async () => {
    const { storage, blobs } = memoryStorage();
    await writeScoresReport(storage, aReport('2026-11-25', 'one', [countsOf(A, [0.9])]));
    await writeScoresReport(storage, aReport('2026-11-25', 'two', [countsOf(A, [0.9])]));
    const path = scoresPath('2026-11-25', 'two');
    const blob = blobs.get(`registry/${path}`)!;
    blob.bytes = blob.bytes.subarray(0, blob.bytes.length >> 1);
    await expect(readScores(storage, days('2026-11-25'))).resolves.toMatchObject({
      versions: [{ n: 1 }],
      damaged: [path],
    });
  });

  test('one that is removed between the listing and the reading counts for nothing', async () => {
    const memory = memoryStorage();
    await writeScoresReport(memory.storage, aReport('2026-11-25', 'one', [countsOf(A, [0.9])]));
    memory.before = (call) => {
      if (call === 'find') memory.blobs.clear();
    };
    await expect(readScores(memory.storage, days('2026-11-25'))).resolves.toEqual({
      versions: [],
      damaged: [],
    });
  });

  test('storage that is out of reach is no empty answer', async () => {
    const memory = memoryStorage();
    await writeScoresReport(memory.storage, aReport('2026-11-25', 'one', [countsOf(A, [0.9])]));
    memory.before = (call) => {
      if (call === 'find') throw new Error('out of reach');
    };
    await expect(readScores(memory.storage, days('2026-11-25'))).rejects.toThrow('out of reach');
  });

  test('a range that is none, or of years, is refused', async () => {
    const { storage } = memoryStorage();
    await expect(readScores(storage, days('2026-11-26', '2026-11-25'))).rejects.toThrow(RangeError);
    await expect(readScores(storage, days('2020-01-01', '2026-01-01'))).rejects.toThrow(/2193 days.*400/);
  });
});

test('an instance writes in place of its last report', async () => {
  const { storage, blobs } = memoryStorage();
  await writeScoresReport(storage, aReport('2026-11-25', 'one', [countsOf(A, [0.9])]));
  await writeScoresReport(storage, aReport('2026-11-25', 'one', [countsOf(A, [0.9, 0.9])]));
  expect([...blobs.keys()]).toEqual(['registry/scores/2026-11-25/one.json']);
  await expect(readScores(storage, days('2026-11-25'))).resolves.toMatchObject({ versions: [{ n: 2 }] });
});
