import { resourceFromAttributes } from '@opentelemetry/resources';
import { SCORE_EDGES } from '../../../../core/registry/scores.ts';
import type { InstanceState } from '../../../../functions/telemetry/instance-gauges.ts';
import { type AnswerFigures, Meters } from '../../../../functions/telemetry/meters.ts';
import { toPrometheusText } from '../../../../functions/telemetry/prometheus.ts';
import { parsePrometheus, sampleOf } from '../../../helpers/prometheus.ts';

const VERSION = '20261125T081500Z-1c9f00aa';

function someMeters(state?: InstanceState, instance = 'an-instance') {
  const current = { state };
  const meters = new Meters({
    resource: resourceFromAttributes({ 'service.name': 'pawprint', 'service.instance.id': instance }),
    readState: () => current.state,
  });
  const text = async () => toPrometheusText(await meters.collect());
  return { meters, current, text, families: async () => parsePrometheus(await text()) };
}

const anAnswer = (changes: Partial<AnswerFigures['seen']> = {}): AnswerFigures => ({
  version: VERSION,
  precision: 'int8',
  format: 'jpeg',
  decodeSeconds: 0.007,
  inferenceSeconds: 0.004,
  seen: { breed: 'Pug', score: 0.97, reason: null, ...changes },
});

test('a request is counted under its route, method and status, in seconds', async () => {
  const { meters, families } = someMeters();
  const request = {
    route: '/api/models/{version}',
    method: 'GET',
    status: 200,
    seconds: 0.02,
    reason: undefined,
  };
  meters.countRequest(request);
  meters.countRequest({ ...request, seconds: 0.3 });
  meters.countRequest({ ...request, status: 404, reason: 'not-found' });
  const found = await families();
  const name = 'pawprint_request_duration_seconds';
  const labels = { route: '/api/models/{version}', method: 'GET', status: '200' };
  expect(sampleOf(found, `${name}_count`, labels)).toBe(2);
  expect(sampleOf(found, `${name}_sum`, labels)).toBeCloseTo(0.32, 10);
  expect(sampleOf(found, `${name}_bucket`, { ...labels, le: '0.025' })).toBe(1);
  expect(sampleOf(found, `${name}_bucket`, { ...labels, le: '+Inf' })).toBe(2);
  expect(sampleOf(found, `${name}_count`, { ...labels, status: '404' })).toBe(1);
  expect(found.get('pawprint_rejections_total')!.samples).toMatchObject([
    { labels: { route: '/api/models/{version}', reason: 'not-found' }, value: 1 },
  ]);
});

test('an answer is counted by score, doubt and times, under the version that gave it', async () => {
  const { meters, families } = someMeters();
  meters.countAnswer(anAnswer());
  meters.countAnswer(anAnswer({ score: 0.15, reason: 'unknown' }));
  const found = await families();
  const top = (le: string) => sampleOf(found, 'pawprint_top_score_bucket', { version: VERSION, le });
  // The ends are those of the histograms in the registry.
  const ends = found.get('pawprint_top_score')!.samples.flatMap(({ labels }) => labels.le ?? []);
  expect(ends).toEqual([...SCORE_EDGES.map(String), '+Inf']);
  expect([top('0.1'), top('0.2'), top('0.95'), top('0.99')]).toEqual([0, 1, 1, 2]);
  const answers = (verdict: string) =>
    sampleOf(found, 'pawprint_answers_total', { version: VERSION, verdict });
  expect([answers('confident'), answers('unknown')]).toEqual([1, 1]);
  expect(sampleOf(found, 'pawprint_decode_duration_seconds_sum', { format: 'jpeg' })).toBeCloseTo(0.014, 10);
  const model = { version: VERSION, precision: 'int8' };
  expect(sampleOf(found, 'pawprint_inference_duration_seconds_count', model)).toBe(2);
});

test('the state of the instance is that of the moment; a model that is gone is not there any more', async () => {
  const slots = { inUse: 2, capacity: 2, queued: 5 };
  const production = { role: 'production', version: VERSION, precision: 'int8' } as const;
  const { current, families } = someMeters({ slots, models: [production] });
  const before = await families();
  expect(sampleOf(before, 'pawprint_slots_in_use')).toBe(2);
  expect(sampleOf(before, 'pawprint_slots')).toBe(2);
  expect(sampleOf(before, 'pawprint_queue_length')).toBe(5);
  expect(sampleOf(before, 'pawprint_model_info', production)).toBe(1);

  const next = { ...production, version: '20261126T081500Z-1c9f00bb' };
  current.state = { slots: { ...slots, queued: 0 }, models: [next] };
  const after = await families();
  expect(sampleOf(after, 'pawprint_queue_length')).toBe(0);
  expect(after.get('pawprint_model_info')!.samples.map(({ labels }) => labels.version)).toEqual([
    next.version,
  ]);
});

test('without services the process still tells of itself', async () => {
  const { families } = someMeters(undefined);
  const found = await families();
  expect(found.get('pawprint_model_info')?.samples ?? []).toEqual([]);
  expect(sampleOf(found, 'process_resident_memory_bytes')).toBeGreaterThan(1e6);
  expect(sampleOf(found, 'nodejs_heap_size_used_bytes')).toBeGreaterThan(1e6);
  expect(sampleOf(found, 'process_cpu_seconds_total')).toBeGreaterThan(0);
  expect(
    Math.abs(sampleOf(found, 'process_start_time_seconds') * 1000 - performance.timeOrigin),
  ).toBeLessThan(1);
});

test('counts never fall from one look to the next', async () => {
  const { meters, families } = someMeters();
  for (let n = 1; n <= 3; n++) {
    meters.countRequest({
      route: '/api/health',
      method: 'GET',
      status: 200,
      seconds: 0.001,
      reason: undefined,
    });
    meters.countRejection({ route: '/api/classify', reason: 'too-large' });
    const found = await families();
    expect(sampleOf(found, 'pawprint_request_duration_seconds_count')).toBe(n);
    expect(sampleOf(found, 'pawprint_rejections_total')).toBe(n);
  }
});

test('every sample names its instance, whatever characters that has', async () => {
  const { meters, text } = someMeters(
    { slots: { inUse: 0, capacity: 1, queued: 0 }, models: [] },
    'a"b\\c\nd',
  );
  meters.countAnswer(anAnswer());
  const samples = [...parsePrometheus(await text()).values()].flatMap((family) => family.samples);
  expect(samples.length).toBeGreaterThan(50);
  for (const { labels } of samples) expect(labels.service_instance_id).toBe('a"b\\c\nd');
});

describe("the test's own reader complains of", () => {
  const good = '# HELP a_total x\n# TYPE a_total counter\na_total{b="c"} 1\n';
  const histogram = (buckets: string, count = 1) =>
    `# HELP h x\n# TYPE h histogram\nh_count ${count}\nh_sum 1\n${buckets}`;
  test.each([
    ['no last line break', good.trimEnd()],
    ['a counter without _total', good.replaceAll('a_total', 'a')],
    ['a gauge with it', good.replace('counter', 'gauge')],
    ['a sample without a type', 'a_total 1\n'],
    ['a type without help', good.replace(/^.*\n/, '')],
    ['a series twice', `${good}a_total{b="c"} 2\n`],
    ['a family twice', good + good],
    ['a quote that is not escaped', good.replace('"c"', '"c"d"')],
    ['a value that is none', good.replace(' 1\n', ' one\n')],
    ['no last bucket', histogram('h_bucket{le="1"} 1\n')],
    ['buckets that fall', histogram('h_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\n')],
    ['a last bucket that is not the count', histogram('h_bucket{le="+Inf"} 1\n', 2)],
  ])('%s', (_, text) => {
    expect(() => parsePrometheus(good)).not.toThrow();
    expect(() => parsePrometheus(histogram('h_bucket{le="+Inf"} 1\n'))).not.toThrow();
    expect(() => parsePrometheus(text)).toThrow();
  });
});
