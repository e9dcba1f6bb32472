/** The figures of a decision, read from storage as it is. */

import { encodeDocument } from '../../../../core/registry/schema.ts';
import { countAnswer, emptyScores, writeScoresReport } from '../../../../core/registry/scores.ts';
import type { RetrainLock } from '../../../../core/retrain/schema.ts';
import { readSignals } from '../../../../core/retrain/signals.ts';
import { type MemoryStorage, memoryStorage } from '../../../helpers/memory-storage.ts';

const VERSION = '20261001T000000Z-1c9f00aa';
const OTHER = '20260901T000000Z-1c9f00aa';
const NOW = new Date('2026-11-30T05:00:00.000Z');
const EMPTY: RetrainLock = {
  schemaVersion: 1,
  run: null,
  lastSuccess: null,
  lastDecision: null,
  abandoned: [],
};

let memory: MemoryStorage;
beforeEach(() => {
  memory = memoryStorage();
});

const read = (lock: Partial<RetrainLock> = {}) =>
  readSignals(memory.storage, {
    lock: { ...EMPTY, ...lock },
    now: NOW,
    config: { RETRAIN_DRIFT_DAYS: 7 },
  });
const point = (servedSince: string) => {
  const move = {
    at: servedSince,
    action: 'register',
    version: VERSION,
    from: null,
    by: 'test',
    reason: 'test',
  };
  const rest = { precision: 'int8', canary: null, shadow: null, previous: null };
  const pointer = { schemaVersion: 1, version: VERSION, ...rest, history: [move] };
  return memory.storage.replace('registry', 'production.json', encodeDocument(pointer), null);
};
const accept = (name: string, at: string) =>
  memory.blobs.set(`datasets/feedback/${name}`, {
    bytes: Buffer.from('x'),
    etag: '"1"',
    lastModified: new Date(at),
  });
async function report(day: string, instance: string, counts: Record<string, [score: number, times: number]>) {
  const versions = Object.entries(counts).map(([version, [score, times]]) => {
    const sums = emptyScores(version);
    for (let i = 0; i < times; i++) countAnswer(sums, { breed: 'pug', score, reason: null });
    return sums;
  });
  const at = `${day}T12:00:00.000Z`;
  await writeScoresReport(memory.storage, { schemaVersion: 1, instance, day, since: at, at, versions });
}

test('an empty registry has none', async () => {
  expect(await read()).toEqual({
    acceptedFeedback: 0,
    since: null,
    productionMadeAt: null,
    scores: null,
    lastRunEndedAt: null,
  });
});

test('feedback counts from the last training that succeeded, else from when production was made', async () => {
  await point('2026-10-02T00:00:00.000Z');
  accept('pug/1.jpg', '2026-09-30T00:00:00Z');
  accept('pug/2.jpg', '2026-10-05T00:00:00Z');
  accept('Maine Coon/3.jpg', '2026-11-20T00:00:00Z');
  accept('pug/readme.txt', '2026-11-20T00:00:00Z');
  expect(await read()).toMatchObject({ acceptedFeedback: 2, since: new Date('2026-10-01T00:00:00Z') });
  const lastSuccess = {
    id: '20261101T000000Z-0123456789ab',
    startedAt: '2026-11-01T00:00:00.000Z',
    version: null,
  };
  expect(await read({ lastSuccess })).toMatchObject({
    acceptedFeedback: 1,
    since: new Date(lastSuccess.startedAt),
    productionMadeAt: new Date('2026-10-01T00:00:00Z'),
  });
});

test('the first days that production served and the last, over all instances and of no other version', async () => {
  await point('2026-10-02T15:00:00.000Z');
  await report('2026-10-01', 'a', { [VERSION]: [0.5, 1000] });
  await report('2026-10-02', 'a', { [VERSION]: [0.95, 3], [OTHER]: [0.3, 50] });
  await report('2026-10-02', 'b', { [VERSION]: [0.95, 4] });
  await report('2026-10-08', 'a', { [VERSION]: [0.95, 5] });
  await report('2026-10-09', 'a', { [VERSION]: [0.5, 1000] });
  await report('2026-11-23', 'a', { [VERSION]: [0.5, 1000] });
  await report('2026-11-24', 'a', { [VERSION]: [0.3, 7] });
  await report('2026-11-30', 'a', { [VERSION]: [0.3, 8] });
  const { scores } = await read();
  expect([scores!.first.n, scores!.last.n]).toEqual([12, 15]);
  expect(scores!.first.buckets[9]).toBe(12);
  expect(scores!.last.buckets[2]).toBe(15);
});

test.each([
  ['2026-11-18T23:00:00.000Z', null],
  ['2026-11-17T01:00:00.000Z', { first: { n: 0 }, last: { n: 0 } }],
])('production that serves since %s has windows that overlap, or not', async (since, scores) => {
  await point(since);
  const read_ = (await read()).scores;
  if (scores === null) expect(read_).toBeNull();
  else expect(read_).toMatchObject(scores);
});
