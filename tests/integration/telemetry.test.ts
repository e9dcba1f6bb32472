/** What the built app tells of its work, as who runs it gets to see it. */
import { readScores } from '../../core/registry/scores.ts';
import { type AppInsights, startAppInsights } from '../helpers/app-insights.ts';
import { petJpeg } from '../helpers/pictures.ts';
import { eventually } from '../helpers/processes.ts';
import { parsePrometheus, sampleOf } from '../helpers/prometheus.ts';
import { aForm, type ServedApp, startServedApp } from '../helpers/served-app.ts';
import { canMakeCertificates } from '../helpers/token-issuer.ts';

const SECRET = 'S3CR3T';

/** Everything in which a client may send what nobody else is to read. */
const SECRETS = {
  'x-functions-key': SECRET,
  'x-client-id': SECRET,
  authorization: `Bearer ${SECRET}`,
  cookie: `session=${SECRET}`,
  'user-agent': SECRET,
  tracestate: `vendor=${SECRET}`,
  baggage: `user=${SECRET}`,
};

/** A photograph that would be noticed: its comment is text. */
async function aSecretPhotograph(): Promise<Uint8Array> {
  const jpeg = await petJpeg();
  const comment = Buffer.from(SECRET.repeat(4));
  const head = Buffer.from([0xff, 0xfe, 0, comment.length + 2]);
  return Buffer.concat([jpeg.subarray(0, 2), head, comment, jpeg.subarray(2)]);
}

/** Sends secrets by every way that there is: answered, refused by us, refused for its parameters, and gone wrong. */
async function sendSecrets(app: ServedApp): Promise<void> {
  const photo = await aSecretPhotograph();
  const code = `code=${SECRET}`;
  const statuses = [
    await app.post(`classify?${code}`, photo, SECRETS),
    await app.post(
      `classify?${code}`,
      aForm([
        ['a', photo, `${SECRET}.jpg`],
        ['b', Buffer.from(SECRET), `${SECRET}.jpg`],
      ]),
      SECRETS,
    ),
    await app.post(`classify?${code}&version=${SECRET}`, photo, SECRETS),
    await app.post(`classify?${code}`, Buffer.from(SECRET), SECRETS),
    await app.call(`models/${SECRET}?${code}`, { headers: SECRETS }),
    await app.call(`feedback/${SECRET}?${code}`, { method: 'DELETE', headers: SECRETS }),
  ].map(({ status }) => status);
  expect(statuses).toEqual([200, 200, 400, 415, 400, 400]);
}

const today = () => ({ since: new Date(), until: new Date() });

describe('on a machine of our own', () => {
  let app: ServedApp;
  beforeAll(async () => {
    app = await startServedApp({ settings: { OTEL_TRACES_EXPORTER: 'console' } });
    await sendSecrets(app);
  });
  afterAll(() => app.stop());

  const figures = async () => {
    const { status, headers, body } = await app.call('metrics');
    expect([status, headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    return parsePrometheus(body);
  };

  it('counts requests, refusals, answers, scores and what is in memory', async () => {
    const found = await figures();
    const version = app.versions[0]!;
    const requests = (labels: Record<string, string>) =>
      sampleOf(found, 'pawprint_request_duration_seconds_count', labels);
    expect(requests({ route: '/api/classify', method: 'POST', status: '200' })).toBe(2);
    expect(requests({ route: '/api/classify', method: 'POST', status: '415' })).toBe(1);
    expect(requests({ route: '/api/models/{version}', method: 'GET', status: '400' })).toBe(1);
    expect(requests({ route: '/api/feedback/{id}', method: 'DELETE', status: '400' })).toBe(1);
    // One of them is a photograph of a batch.
    const refused = { route: '/api/classify', reason: 'unsupported-format' };
    expect(sampleOf(found, 'pawprint_rejections_total', refused)).toBe(2);
    expect(sampleOf(found, 'pawprint_top_score_count', { version })).toBe(2);
    expect(sampleOf(found, 'pawprint_decode_duration_seconds_count', { format: 'jpeg' })).toBe(2);
    expect(sampleOf(found, 'pawprint_inference_duration_seconds_count', { version })).toBe(2);
    expect(sampleOf(found, 'pawprint_model_info', { role: 'production', version })).toBe(1);
    expect(sampleOf(found, 'pawprint_slots_in_use')).toBe(0);
    expect(sampleOf(found, 'process_resident_memory_bytes')).toBeGreaterThan(1e7);
  });

  it('has no more series for more paths, methods and parameters', async () => {
    const count = async () =>
      (await figures())
        .get('pawprint_request_duration_seconds')!
        .samples.filter(({ name }) => /_count$/.test(name)).length;
    await app.call('models/one');
    const before = await count();
    for (let i = 0; i < 20; i++)
      await app.call(`models/x${i}?y=${i}`, { headers: { 'x-client-id': `c${i}` } });
    // The first look was a request too.
    expect((await count()) - before).toBeLessThanOrEqual(1);
  });

  it('prints a span for each request and its parts, in the trace that the client names', async () => {
    const trace = '0af7651916cd43dd8448eb211c80319c';
    const traceparent = `00-${trace}-b7ad6b7169203331-01`;
    await app.post('classify', new Uint8Array(await petJpeg()), { traceparent });
    await eventually(async () => (app.host.output().includes(`"traceId":"${trace}"`) ? true : undefined));
    const spans = app.host
      .output()
      .split('resource: {')
      .filter((text) => text.includes(`traceId: '${trace}'`));
    const names = spans.map((text) => /\n {2}name: '([^']+)'/.exec(text)?.[1]);
    expect(names).toEqual(expect.arrayContaining(['decode', 'inference', 'POST /api/classify']));
  });

  it('logs a line for each request', () => {
    const lines = app.host
      .output()
      .split('\n')
      .flatMap((line) => /(\{"event":"request".*\})$/.exec(line)?.[1] ?? [])
      .map((line) => JSON.parse(line));
    expect(lines).toContainEqual(
      expect.objectContaining({ route: '/api/classify', status: 200, version: app.versions[0] }),
    );
    expect(lines).toContainEqual(
      expect.objectContaining({ route: '/api/classify', status: 415, reason: 'unsupported-format' }),
    );
  });

  it('writes what was counted when it stops, and has told nothing that clients sent', async () => {
    const counted = (await figures()).get('pawprint_top_score')!.samples;
    const n = counted.find(({ name }) => name.endsWith('_count'))!.value;
    expect((await readScores(app.storage, today())).versions).toEqual([]);
    app.host.signal('SIGTERM');
    await app.host.ended;
    const { versions, damaged } = await readScores(app.storage, today());
    expect([versions.map((counts) => [counts.version, counts.n]), damaged]).toEqual([
      [[app.versions[0], n]],
      [],
    ]);
    const output = app.host.output();
    expect(output).toContain("name: 'POST /api/classify'");
    expect(output).not.toContain(SECRET);
  });
});

test('switched off, the service answers and tells nothing', async () => {
  const app = await startServedApp({ settings: { OTEL_SDK_DISABLED: 'true', REQUEST_LOG: 'off' } });
  try {
    expect((await app.post('classify', new Uint8Array(await petJpeg()))).status).toBe(200);
    expect((await app.call('metrics')).status).toBe(404);
    expect(app.host.output()).not.toContain('"event":"request"');
  } finally {
    await app.stop();
  }
});

(canMakeCertificates ? describe : describe.skip)('on Azure', () => {
  let insights: AppInsights;
  let app: ServedApp;
  beforeAll(async () => {
    insights = await startAppInsights({ clientId: 'an-identity' });
    app = await startServedApp({ settings: insights.settings });
    await sendSecrets(app);
    await eventually(async () => (insights.envelopes.length > 0 ? true : undefined));
  });
  afterAll(async () => {
    await app.stop();
    await insights.close();
  });

  it('spans go to Application Insights, signed in by the identity of the app', () => {
    expect(insights.asked[0]).toContain('client_id=an-identity');
    expect(new Set(insights.authorizations)).toEqual(new Set(['Bearer a-token-for-monitor']));
    const { name, tags, data } = insights.envelopes.find(
      (envelope) => envelope.data.baseData.name === 'POST /api/classify',
    )!;
    expect([name, data.baseType, tags['ai.cloud.role']]).toEqual([
      expect.stringMatching(/Request$/),
      'RequestData',
      'pawprint',
    ]);
    expect(data.baseData.properties).toMatchObject({ 'pawprint.model.version': app.versions[0] });
    const children = insights.envelopes.filter(
      (envelope) => envelope.tags['ai.operation.parentId'] === data.baseData.id,
    );
    expect(children.map((child) => child.data.baseData.name)).toEqual(
      expect.arrayContaining(['decode', 'inference']),
    );
  });

  it('an endpoint that refuses or is gone costs no request and ends no process', async () => {
    insights.status = 500;
    const photo = new Uint8Array(await petJpeg());
    const before = insights.bodies.length;
    expect((await app.post('classify', photo)).status).toBe(200);
    await eventually(async () => (insights.bodies.length > before ? true : undefined));
    insights.status = 200;
    expect((await app.post('classify', photo)).status).toBe(200);
  });

  it('figures go there too, at the latest when the app stops, and nothing that clients sent', async () => {
    app.host.signal('SIGTERM');
    expect(await app.host.ended).toBe(0);
    const names = insights.envelopes.flatMap(
      ({ data }) => data.baseData.metrics?.map((metric) => metric.name) ?? [],
    );
    expect(names).toEqual(
      expect.arrayContaining([
        'pawprint_request_duration_seconds',
        'pawprint_top_score',
        'pawprint_model_info',
      ]),
    );
    expect(insights.bodies.join('\n')).not.toContain(SECRET);
    expect(app.host.output()).not.toContain(SECRET);
  });
});
