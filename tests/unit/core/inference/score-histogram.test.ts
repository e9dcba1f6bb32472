import { ScoreHistogram, seenAnswer } from '../../../../core/inference/score-histogram.ts';
import { readScores } from '../../../../core/registry/scores.ts';
import { aTrainedManifest } from '../../../helpers/manifests.ts';
import { memoryStorage } from '../../../helpers/memory-storage.ts';
import { version } from './worlds.ts';

const [A, B] = ['A', 'B'].map(version) as [string, string];
const SEEN = { breed: 'Beagle', score: 0.9, reason: null } as const;

function aHistogram() {
  const memory = memoryStorage();
  const clock = { now: new Date('2026-11-25T23:58:00.000Z') };
  const log: string[] = [];
  const histogram = new ScoreHistogram({
    storage: memory.storage,
    instance: 'test',
    log: (line) => log.push(line),
    now: () => clock.now,
  });
  /** Photographs by day and version, as storage has them. */
  const written = async () => {
    const range = { since: new Date('2026-11-25'), until: new Date('2026-11-25') };
    const next = { since: new Date('2026-11-26'), until: new Date('2026-11-26') };
    const counts = async (of: typeof range) =>
      Object.fromEntries(
        (await readScores(memory.storage, of)).versions.map(({ version: name, n }) => [name, n]),
      );
    return [await counts(range), await counts(next)];
  };
  const calls: string[] = [];
  let fails = false;
  memory.before = (call) => {
    calls.push(call);
    if (fails) throw new Error('storage is away');
  };
  const failing = (value: boolean) => {
    fails = value;
  };
  return { histogram, memory, clock, log, written, calls, failing };
}

test('what is seen of an answer is its best breed, score and doubt', () => {
  const manifest = aTrainedManifest();
  const seen = seenAnswer({ scores: Float64Array.of(0.3, 0.7), reason: 'ambiguous' }, manifest);
  expect(seen).toEqual({ breed: manifest.labels[1]!.name, score: 0.7, reason: 'ambiguous' });
});

test('nothing is asked of storage without anything new', async () => {
  const { histogram, calls } = aHistogram();
  await histogram.flush();
  expect(calls).toEqual([]);
  histogram.count(A, SEEN);
  await histogram.flush();
  expect(calls).toEqual(['find', 'replace']);
  await histogram.flush();
  expect(calls).toHaveLength(2);
});

test('counts go on from report to report, for each version', async () => {
  const { histogram, written } = aHistogram();
  histogram.count(A, SEEN);
  await histogram.flush();
  histogram.count(A, SEEN);
  histogram.count(B, SEEN);
  await histogram.flush();
  await expect(written()).resolves.toEqual([{ [A]: 2, [B]: 1 }, {}]);
});

test('what storage does not take is kept, and written the next time', async () => {
  const { histogram, written, failing } = aHistogram();
  histogram.count(A, SEEN);
  failing(true);
  await expect(histogram.flush()).rejects.toThrow('storage is away');
  histogram.count(A, SEEN);
  await expect(histogram.flush()).rejects.toThrow('storage is away');
  failing(false);
  await histogram.flush();
  await expect(written()).resolves.toEqual([{ [A]: 2 }, {}]);
});

test('at midnight a new report begins, and the last of the old one is not lost', async () => {
  const { histogram, written, clock, failing, calls } = aHistogram();
  histogram.count(A, SEEN);
  failing(true);
  await histogram.flush().catch(() => {});
  clock.now = new Date('2026-11-26T00:03:00.000Z');
  histogram.count(A, SEEN);
  histogram.count(A, SEEN);
  failing(false);
  await histogram.flush();
  await expect(written()).resolves.toEqual([{ [A]: 1 }, { [A]: 2 }]);
  // The day that is over isn't written again.
  calls.length = 0;
  histogram.count(A, SEEN);
  await histogram.flush();
  expect(calls).toEqual(['find', 'replace']);
});

test('a day that begins while a report is on its way goes on', async () => {
  const { histogram, written, clock, memory } = aHistogram();
  histogram.count(A, SEEN);
  memory.before = () => {
    memory.before = () => {};
    clock.now = new Date('2026-11-26T00:00:01.000Z');
    histogram.count(A, SEEN);
  };
  await histogram.flush();
  histogram.count(A, SEEN);
  await histogram.flush();
  await expect(written()).resolves.toEqual([{ [A]: 1 }, { [A]: 2 }]);
});

test('what is counted while a report is on its way is in the next', async () => {
  const { histogram, written, memory } = aHistogram();
  histogram.count(A, SEEN);
  memory.before = (call) => {
    memory.before = () => {};
    if (call === 'find') histogram.count(A, SEEN);
  };
  await histogram.flush();
  await expect(written()).resolves.toEqual([{ [A]: 1 }, {}]);
  await histogram.flush();
  await expect(written()).resolves.toEqual([{ [A]: 2 }, {}]);
});

test('the last flush, at a stop, waits for one that is under way', async () => {
  const { histogram, written } = aHistogram();
  histogram.count(A, SEEN);
  const first = histogram.flush();
  histogram.count(A, SEEN);
  await Promise.all([first, histogram.flush()]);
  await expect(written()).resolves.toEqual([{ [A]: 2 }, {}]);
});

test('at intervals it writes by itself, says when it can not, and stops', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
  try {
    const { histogram, log, failing, calls } = aHistogram();
    const stop = histogram.writeEvery(300);
    histogram.count(A, SEEN);
    failing(true);
    await jest.advanceTimersByTimeAsync(300_000);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(log).toEqual([expect.stringContaining('storage is away')]);
    stop();
    calls.length = 0;
    await jest.advanceTimersByTimeAsync(900_000);
    expect(calls).toEqual([]);
  } finally {
    jest.useRealTimers();
  }
});
