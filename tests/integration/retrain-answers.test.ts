/** What a Container Apps job and its service may answer, over real HTTP, and what a run makes of it. */
import { parseConfig } from '../../core/config.ts';
import { openTrainer } from '../../core/retrain/open-trainer.ts';
import { considerRetraining, watchRetraining } from '../../core/retrain/retrain.ts';
import { type RetrainingAtWork, retrainingAtWork } from '../helpers/retraining.ts';

let work: RetrainingAtWork;
const begin = async () => {
  work = await retrainingAtWork();
  return work;
};
afterEach(() => work?.stop());

describe('what the service answers', () => {
  test('429 at the start: nothing is started before the pause that it asks for', async () => {
    const { api, app, pass } = await begin();
    api.next('start', { status: 429, headers: { 'retry-after': '240' } });
    await considerRetraining(app());
    expect(api.requests.filter((one) => one === 'start')).toHaveLength(1);
    pass(3);
    await watchRetraining(app());
    expect(api.requests.filter((one) => one === 'start')).toHaveLength(1);
    pass(2);
    expect(await watchRetraining(app())).toMatchObject({ state: 'running' });
    expect(api.started).toBe(1);
  });

  test('429 and 500 at a look are asked again, after the pause that they ask for', async () => {
    const { api, app } = await begin();
    api.next('list', { status: 429, headers: { 'retry-after': '1' } }, { status: 500 });
    const before = performance.now();
    expect((await considerRetraining(app())).run).toMatchObject({ state: 'running' });
    expect(performance.now() - before).toBeGreaterThan(950);
    expect(api.requests.filter((one) => one === 'list')).toHaveLength(3);
  });

  test('a service that is down: nothing is started unseen, and the next look goes on', async () => {
    const { api, app, pass } = await begin();
    api.next('list', { status: 503 }, { status: 503 }, { status: 503 });
    const { run } = await considerRetraining(app());
    expect(run).toMatchObject({ state: 'started', attempts: [] });
    expect(work.lines.join('\n')).toContain("can't list its executions");
    pass(5);
    expect(await watchRetraining(app())).toMatchObject({ state: 'running' });
    expect(api.started).toBe(1);
  });

  test('a slow one is waited for', async () => {
    const { api, app } = await begin();
    api.next('start', { delayMs: 1500 });
    expect((await considerRetraining(app())).run).toMatchObject({ state: 'running' });
  });

  test.each([
    [404, 'There is no Container Apps job job-train in resource group rg-pawprint'],
    [403, 'Container Apps Jobs Operator'],
    [400, 'refuses to start'],
  ])('%s ends the run with what to do, and nothing is tried again', async (status, words) => {
    const { api, app, pass } = await begin();
    api.next('start', { status });
    const { run } = await considerRetraining(app());
    expect(run).toMatchObject({ state: 'failed' });
    expect(run!.message).toContain(words);
    expect(work.lines.find((line) => line.startsWith('PawprintRetrainFailed'))).toContain(words);
    pass(5);
    await watchRetraining(app());
    expect(api.requests.filter((one) => one === 'start')).toHaveLength(1);
  });

  test('attempts are bounded', async () => {
    const { api, app, pass } = await begin();
    api.next('start', { status: 500 }, { status: 409 }, { status: 500 }, { status: 500 });
    await considerRetraining(app());
    for (let look = 0; look < 6; look++) {
      pass(5);
      await watchRetraining(app());
    }
    expect(work.run()).toMatchObject({ state: 'failed' });
    expect(work.run().message).toContain('could not be started in 3 attempts');
    expect(api.requests.filter((one) => one === 'start')).toHaveLength(3);
  });
});

// Field case 68.
describe('a GPU job that dies before its image is pulled', () => {
  test('is started again', async () => {
    const { api, app, pass, push } = await begin();
    await considerRetraining(app());
    pass(2);
    api.set('job-train-1', 'Failed', { endTime: work.now().toISOString() });
    expect(await watchRetraining(app())).toMatchObject({ state: 'running' });
    expect(work.run().attempts).toMatchObject([
      { execution: 'job-train-1', message: 'job-train-1 failed after 2.0 minutes' },
      { execution: 'job-train-2' },
    ]);
    expect(api.executions[1]!.template!.containers[0]!.env!.at(-1)!.value).toBe(`${work.run().id}.2`);
    const version = push();
    api.set('job-train-2', 'Succeeded');
    expect(await watchRetraining(app())).toMatchObject({ state: 'succeeded', version });
  });

  test('three times at most', async () => {
    const { api, app, pass } = await begin();
    await considerRetraining(app());
    for (let attempt = 1; attempt <= 5; attempt++) {
      pass(1);
      if (attempt <= 3) api.set(`job-train-${attempt}`, 'Failed', { endTime: work.now().toISOString() });
      await watchRetraining(app());
    }
    expect(work.run()).toMatchObject({ state: 'failed', message: 'job-train-3 failed after 1.0 minutes' });
    expect(api.started).toBe(3);
  });

  test('a job that failed late has trained, and is not repeated', async () => {
    const { api, app, pass } = await begin();
    await considerRetraining(app());
    pass(30);
    api.set('job-train-1', 'Failed', { endTime: work.now().toISOString() });
    expect(await watchRetraining(app())).toMatchObject({ state: 'failed' });
    expect(api.started).toBe(1);
  });
});

test.each([
  ['Running', 'running'],
  ['Processing', 'running'],
  ['Degraded', 'running'],
  ['Unknown', 'running'],
  ['Thawing', 'running'],
  ['Stopped', 'failed'],
])('the state %s is taken for %s', async (status, state) => {
  const { api, app } = await begin();
  await considerRetraining(app());
  api.set('job-train-1', status);
  expect(await watchRetraining(app())).toMatchObject({ state });
  expect(api.started).toBe(1);
});

test('a setting of the job that is missing is named', () => {
  const config = parseConfig({ MODEL_STORAGE: 'UseDevelopmentStorage=true', RETRAIN_JOB_NAME: 'job-train' });
  expect(() => openTrainer(config, { log: () => {} })).toThrow('RETRAIN_SUBSCRIPTION_ID is not');
  const { RETRAIN_JOB_NAME: _, ...without } = config;
  expect(openTrainer(without, { log: () => {} })).toBeUndefined();
});
