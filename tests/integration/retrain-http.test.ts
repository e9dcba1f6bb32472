/** Retraining in the built app: POST and GET /api/retrain, the timers, and a host that is killed in the middle. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { retrainLockSchema } from '../../core/retrain/schema.ts';
import { type AppHost, startAppHost } from '../helpers/app-host.ts';
import {
  type FakeContainerApps,
  GROUP,
  JOB,
  SUBSCRIPTION,
  startContainerApps,
} from '../helpers/container-apps.ts';
import { petJpeg } from '../helpers/pictures.ts';
import { eventually, stopAll } from '../helpers/processes.ts';
import { startServedApp } from '../helpers/served-app.ts';

const REASON = { reason: 'New photographs of Sphynx cats.' };
const EVERY_SECOND = '* * * * * *';

const settingsOf = (api: FakeContainerApps) => ({
  ...api.identity,
  RETRAIN_JOB_NAME: JOB,
  RETRAIN_RESOURCE_GROUP: GROUP,
  RETRAIN_SUBSCRIPTION_ID: SUBSCRIPTION,
  RETRAIN_CLIENT_ID: 'client-of-the-app',
  RETRAIN_ARM_ENDPOINT: api.endpoint,
  RETRAIN_WATCH_SCHEDULE: EVERY_SECOND,
  BLOB_TRIGGER_SOURCE: 'EventGrid',
});
const ask = (app: AppHost, body: object | string = REASON) =>
  app.call('retrain', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-pawprint-by': 'ada' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const lockOf = async (app: AppHost) =>
  retrainLockSchema.parse(JSON.parse((await app.storage.read('registry', 'retrain.json')).bytes.toString()));

afterAll(stopAll, 30_000);

describe('with a Container Apps job', () => {
  let api: FakeContainerApps;
  let app: AppHost;
  beforeAll(async () => {
    api = await startContainerApps();
    app = await startAppHost(settingsOf(api));
  }, 120_000);
  afterAll(async () => {
    await app?.stop();
    await api?.stop();
  }, 60_000);

  test('nothing was trained yet', async () => {
    const { status, body } = await app.call('retrain');
    expect([status, body]).toEqual([200, { current: null, lastDecision: null, lastSuccess: null, runs: [] }]);
  });

  test.each<[string, object | string, string]>([
    ['no body', '', 'empty'],
    ['no reason', {}, '`reason`: it is missing'],
    ['an empty reason', { reason: ' ' }, '`reason`'],
    ['more than a reason', { ...REASON, job: 'other' }, 'job'],
  ])('%s is 400, and nothing is started', async (_kind, body, words) => {
    const answer = await ask(app, body);
    expect(answer.status).toBe(400);
    expect(answer.body.detail).toContain(words);
    expect(api.started).toBe(0);
  });

  test('a person begins a training; a second is told of the first; the timer sees its end', async () => {
    const { status, body, headers } = await ask(app);
    expect(status).toBe(202);
    expect(headers.get('location')).toBe('/api/retrain');
    expect(body.run).toMatchObject({
      state: 'running',
      decision: { by: 'ada', ...REASON, start: true },
      attempts: [{ execution: 'job-train-1' }],
    });
    expect(api.clientIds).toContain('client-of-the-app');

    const second = await ask(app);
    expect(second.status).toBe(409);
    expect(second.body.detail).toContain(`Run ${body.run.id} is under way`);
    expect((await app.call('retrain')).body).toMatchObject({ current: { id: body.run.id } });

    api.set('job-train-1', 'Succeeded', { endTime: new Date().toISOString() });
    const ended = await eventually(async () => {
      const { current, runs } = (await app.call('retrain')).body;
      return current === null ? runs : undefined;
    });
    expect(ended).toMatchObject([{ id: body.run.id, state: 'succeeded', version: null }]);
  }, 60_000);

  test('a start that is refused is 503 with what to do', async () => {
    api.next('start', { status: 403 });
    const { status, body, headers } = await ask(app);
    expect([status, headers.get('retry-after')]).toEqual([503, '60']);
    expect(body.detail).toContain('Container Apps Jobs Operator');
    expect((await app.call('retrain')).body.runs[0]).toMatchObject({ state: 'failed' });
  });

  test('another method is 405', async () => {
    const { status, headers } = await app.call('retrain', { method: 'PUT' });
    expect([status, headers.get('allow')]).toEqual([405, 'GET, POST, HEAD, OPTIONS']);
  });
});

test('a host that is killed before it hears of its start: the next one adopts the job, and starts none', async () => {
  const api = await startContainerApps();
  const first = await startAppHost(settingsOf(api));
  try {
    // The job is started, and the answer is on its way for longer than the host lives.
    api.next('start', { answerAfterMs: 20_000 });
    const asked = ask(first).catch(() => undefined);
    await eventually(async () => (api.started === 1 ? true : undefined));
    first.host.signal('SIGKILL');
    await Promise.all([asked, first.host.ended]);
    expect((await lockOf(first)).run).toMatchObject({ attempts: [{ execution: null }] });

    const second = await startAppHost({
      ...settingsOf(api),
      MODEL_STORAGE: first.azurite.connectionString,
      AzureWebJobsStorage: first.azurite.connectionString,
    });
    const run = await eventually(async () => {
      const { run: current } = await lockOf(first);
      return current?.state === 'running' ? current : undefined;
    });
    expect(run.attempts).toMatchObject([{ execution: 'job-train-1', adopted: false }]);
    expect(api.started).toBe(1);
    await second.stop();
  } finally {
    await first.stop();
    await api.stop();
  }
}, 120_000);

test('with wrong schedules photographs are answered, and who asks for a training is told which', async () => {
  const api = await startContainerApps();
  const app = await startServedApp({
    settings: { ...settingsOf(api), RETRAIN_WATCH_SCHEDULE: 'soon', SWEEP_SCHEDULE: 'daily' },
  });
  try {
    const answered = await app.post('classify', new Uint8Array(await petJpeg({ width: 64, height: 48 })));
    expect(answered.status).toBe(200);
    const { status, body } = await ask(app);
    expect(status).toBe(409);
    expect(body.detail).toContain('RETRAIN_WATCH_SCHEDULE is "soon", expected a schedule of six fields');
    // That one is no matter of training.
    expect(body.detail).not.toContain('SWEEP_SCHEDULE');
    expect(api.started).toBe(0);
    const output = app.host.output();
    for (const name of ['RETRAIN_WATCH_SCHEDULE', 'SWEEP_SCHEDULE'])
      expect(output).toContain(`A setting is wrong: ${name} is `);
  } finally {
    await app.stop();
    await api.stop();
  }
}, 120_000);

describe('on a developer’s machine', () => {
  let folder: string;
  let app: AppHost;
  afterEach(async () => {
    await app?.stop();
    if (folder) rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  test('a process trains, its progress is logged, and one at a time', async () => {
    folder = mkdtempSync(join(tmpdir(), 'pawprint-retrain-'));
    const code = 'console.log("epoch 1 for", process.env.PAWPRINT_RUN); setTimeout(() => {}, 4000)';
    app = await startAppHost({
      BLOB_TRIGGER_SOURCE: 'EventGrid',
      RETRAIN_COMMAND: JSON.stringify([process.execPath, '-e', code]),
      RETRAIN_FOLDER: folder,
      RETRAIN_WATCH_SCHEDULE: EVERY_SECOND,
      RETRAIN_SCHEDULE: EVERY_SECOND,
    });
    const { status, body } = await ask(app);
    expect([status, body.run.trainer]).toEqual([202, 'a process on this machine']);
    expect((await ask(app)).status).toBe(409);
    const { id } = body.run;
    await app.host.until(new RegExp(`Training ${id}\\.1: epoch 1 for ${id}\\.1`));
    await eventually(async () => ((await app.call('retrain')).body.current === null ? true : undefined));
    // The schedule decides when nothing goes on any more, and says why nothing is due.
    const { runs, lastDecision } = await eventually(async () => {
      const answer = (await app.call('retrain')).body;
      return answer.lastDecision === null ? undefined : answer;
    });
    expect(runs).toMatchObject([{ id, state: 'succeeded' }]);
    expect(lastDecision).toMatchObject({ by: 'schedule', start: false });
    expect(lastDecision.reason).toContain('nothing is in production');
    expect(app.host.output()).toContain('PawprintRetrainDecision {"at":');
  }, 120_000);

  test('where nothing trains, POST says what to set', async () => {
    app = await startAppHost({ BLOB_TRIGGER_SOURCE: 'EventGrid' });
    const { status, body } = await ask(app);
    expect(status).toBe(409);
    expect(body.detail).toContain('RETRAIN_JOB_NAME');
    expect((await app.call('retrain')).status).toBe(200);
  }, 120_000);
});
