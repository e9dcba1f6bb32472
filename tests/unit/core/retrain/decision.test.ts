/** When it is time to train anew. */
import { parseConfig } from '../../../../core/config.ts';
import { decide, type Signals } from '../../../../core/retrain/decision.ts';
import { populationStabilityIndex } from '../../../../core/retrain/drift.ts';
import { retrainDecisionSchema } from '../../../../core/retrain/schema.ts';

const NOW = new Date('2026-11-30T05:00:00.000Z');
const DAY_MS = 86_400_000;
const daysAgo = (days: number) => new Date(NOW.getTime() - days * DAY_MS);
const limits = (settings: Record<string, string> = {}) =>
  parseConfig({ MODEL_STORAGE: 'UseDevelopmentStorage=true', ...settings });
const SURE = [0, 0, 0, 0, 0, 10, 20, 40, 80, 150, 300, 400];
const UNSURE = [0, 10, 40, 80, 150, 200, 180, 140, 100, 60, 30, 10];
const windowOf = (buckets: number[]) => ({ n: buckets.reduce((sum, count) => sum + count, 0), buckets });

const signals = (changes: Partial<Signals> = {}): Signals => ({
  acceptedFeedback: 3,
  since: daysAgo(30),
  productionMadeAt: daysAgo(30),
  scores: { first: windowOf(SURE), last: windowOf(SURE) },
  lastRunEndedAt: null,
  ...changes,
});
const checkOf = (name: string, given: Signals, settings?: Record<string, string>) =>
  decide(given, limits(settings), NOW).checks.find((check) => check.name === name)!;

test('nothing is due: all three figures are in the record, with their limits', () => {
  const decision = retrainDecisionSchema.parse(decide(signals(), limits(), NOW));
  expect(decision).toMatchObject({ start: false, by: 'schedule', at: NOW.toISOString() });
  expect(decision.checks).toMatchObject([
    { name: 'feedback', value: 3, threshold: 100, met: false },
    { name: 'age', value: 30, threshold: 180, met: false },
    { name: 'drift', value: 0, threshold: 0.25, met: false },
  ]);
  expect(decision.reason).toContain('3 pictures of feedback accepted since 2026-10-31T05:00:00.000Z');
});

test.each<[string, Partial<Signals>, string]>([
  ['feedback', { acceptedFeedback: 100 }, '100 pictures of feedback accepted'],
  ['age', { productionMadeAt: daysAgo(180), since: daysAgo(180) }, 'production is 180 days old'],
  [
    'drift',
    { scores: { first: windowOf(SURE), last: windowOf(UNSURE) } },
    'scores of the last 7 days differ',
  ],
])('%s alone is enough, and only what is met is the reason', (name, changes, reason) => {
  const decision = decide(signals(changes), limits(), NOW);
  expect(decision.start).toBe(true);
  expect(decision.checks.filter(({ met }) => met).map((check) => check.name)).toEqual([name]);
  expect(decision.reason).toContain(reason);
  expect(decision.reason).not.toContain(';');
});

test.each<[string, Partial<Signals>]>([
  ['feedback', { acceptedFeedback: 99 }],
  ['age', { productionMadeAt: daysAgo(179.9), since: daysAgo(179.9) }],
])('%s just below its limit is not', (_name, changes) => {
  expect(decide(signals(changes), limits(), NOW).start).toBe(false);
});

test.each<[string, string, Partial<Signals>]>([
  ['RETRAIN_MIN_FEEDBACK', 'feedback', { acceptedFeedback: 5000 }],
  ['RETRAIN_MAX_AGE_DAYS', 'age', { productionMadeAt: daysAgo(900), since: daysAgo(900) }],
  ['RETRAIN_MAX_DRIFT', 'drift', { scores: { first: windowOf(SURE), last: windowOf(UNSURE) } }],
])('%s of 0 switches the check off', (setting, name, changes) => {
  expect(checkOf(name, signals(changes), { [setting]: '0' })).toMatchObject({ met: false });
  expect(checkOf(name, signals(changes), { [setting]: '0' }).reason).toContain('no limit is set');
});

test('what a gate refused is not trained again at every schedule: the age counts from the last training, too', () => {
  const refused = signals({ productionMadeAt: daysAgo(300), since: daysAgo(7) });
  const age = checkOf('age', refused);
  expect(age).toMatchObject({ value: 300, met: false });
  expect(age.reason).toContain('the last training is only 7 days ago');
  expect(checkOf('age', signals({ productionMadeAt: daysAgo(300), since: daysAgo(180) })).met).toBe(true);
});

test('a pause follows each run that ended, in which the schedule starts none', () => {
  const due = { acceptedFeedback: 500 };
  const hoursAgo = (hours: number) => new Date(NOW.getTime() - hours * 3_600_000);
  const within = decide(signals({ ...due, lastRunEndedAt: hoursAgo(23) }), limits(), NOW);
  expect(within.start).toBe(false);
  expect(within.reason).toContain('it pauses until 2026-11-30T06:00:00.000Z');
  expect(decide(signals({ ...due, lastRunEndedAt: hoursAgo(24) }), limits(), NOW).start).toBe(true);
});

test('drift is not told from few answers, nor before two windows have passed', () => {
  const few = { first: windowOf(SURE), last: { n: 499, buckets: UNSURE } };
  expect(checkOf('drift', signals({ scores: few }))).toMatchObject({ value: null, met: false });
  expect(checkOf('drift', signals({ scores: few })).reason).toContain(
    '499 in the last 7 days, 500 are needed',
  );
  expect(checkOf('drift', signals({ scores: null })).reason).toContain('twice 7 days');
});

test('an empty registry is no reason', () => {
  const empty = signals({ acceptedFeedback: 0, since: null, productionMadeAt: null, scores: null });
  const decision = decide(empty, limits(), NOW);
  expect(decision.start).toBe(false);
  expect(decision.reason).toContain('nothing is in production');
});

test.each([
  [{ RETRAIN_SCHEDULE: '0 5 * * 1' }, 'RETRAIN_SCHEDULE'],
  [{ RETRAIN_COMMAND: 'node train.js' }, 'RETRAIN_COMMAND'],
  [{ RETRAIN_ARM_ENDPOINT: 'http://example.org' }, 'RETRAIN_ARM_ENDPOINT'],
  [{ RETRAIN_SUBSCRIPTION_ID: 'mine' }, 'RETRAIN_SUBSCRIPTION_ID'],
  [{ RETRAIN_MAX_ATTEMPTS: '0' }, 'RETRAIN_MAX_ATTEMPTS'],
])('a wrong setting is named: %j', (settings, name) => {
  expect(() => limits(settings as Record<string, string>)).toThrow(new RegExp(`${name}: `));
});

describe('the population stability index', () => {
  it('is 0 for the same shares, whatever the counts, and positive for others', () => {
    expect(populationStabilityIndex([100, 300], [100, 300])).toBeCloseTo(0, 12);
    expect(populationStabilityIndex([1000, 3000], [100_000, 300_000])).toBeLessThan(1e-4);
    expect(populationStabilityIndex(UNSURE, SURE)).toBeGreaterThan(0.25);
  });

  it('is the sum of (p - q) ln(p / q)', () => {
    // 99.5 of 200 and half an answer more each: shares of .5 and .5, of .75 and .25.
    const index = populationStabilityIndex([99.5, 99.5], [149.5, 49.5]);
    expect(index).toBeCloseTo((0.5 - 0.75) * Math.log(0.5 / 0.75) + (0.5 - 0.25) * Math.log(0.5 / 0.25), 12);
  });

  it('is the same both ways, and finite where a bucket is empty', () => {
    const [a, b] = [populationStabilityIndex(SURE, UNSURE), populationStabilityIndex(UNSURE, SURE)];
    expect(a).toBeCloseTo(b, 12);
    expect(populationStabilityIndex([0, 1000], [1000, 0])).toBeLessThan(20);
  });

  it('refuses histograms that do not fit', () => {
    expect(() => populationStabilityIndex([1], [1, 2])).toThrow(RangeError);
  });
});
