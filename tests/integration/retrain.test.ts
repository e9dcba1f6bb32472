/** Retraining by a Container Apps job, over real HTTP: one job runs, whatever is cut off, repeated or lost. */
import { considerRetraining, requestRetraining, watchRetraining } from '../../core/retrain/retrain.ts';
import { type RetrainingAtWork, retrainingAtWork } from '../helpers/retraining.ts';

let work: RetrainingAtWork;
const begin = async (options?: Parameters<typeof retrainingAtWork>[0]) => {
  work = await retrainingAtWork(options);
  return work;
};
afterEach(() => work?.stop());

const PERSON = { by: 'ada', reason: 'new photographs' };
const running = () => work.api.executions.filter(({ status }) => status === 'Running');

test('a schedule decides, starts the job with its tag, watches it, and records what it made', async () => {
  const { api, app, pass, push } = await begin({ identity: true });
  const { decision, run } = await considerRetraining(app());
  expect(decision).toMatchObject({ start: true, by: 'schedule' });
  expect(decision!.reason).toMatch(/^production is 333\.2 days old, the limit is 180$/);
  expect(run).toMatchObject({ state: 'running', trainer: 'Container Apps job job-train' });
  expect(run!.attempts).toMatchObject([{ execution: 'job-train-1', adopted: false }]);
  // The job's own settings are sent along, and the run's tag beside them.
  const [container] = api.executions[0]!.template!.containers;
  expect(container).toMatchObject({ name: 'train', image: 'cr.example.org/train:1' });
  expect(container!.env).toEqual([
    { name: 'TRAIN_DATA', value: 'datasets/pets/' },
    { name: 'PAWPRINT_RUN', value: `${run!.id}.1` },
  ]);
  expect(new Set(api.clientIds)).toEqual(new Set(['client-of-the-app']));

  pass(50);
  expect(await watchRetraining(app())).toMatchObject({ state: 'running', endedAt: null });
  const version = push();
  pass(5);
  api.set('job-train-1', 'Succeeded', { endTime: work.now().toISOString() });
  expect(await watchRetraining(app())).toMatchObject({ state: 'succeeded', version, message: null });
  expect(work.record(run!.id)).toEqual(work.run());
  expect(work.lock().lastSuccess).toEqual({ id: run!.id, startedAt: run!.startedAt, version });

  // The same schedule, a week later: what was trained since is not trained again.
  pass(7 * 24 * 60);
  expect((await considerRetraining(app())).decision).toMatchObject({ start: false });
  expect(api.started).toBe(1);
  expect(work.lock().lastDecision).toMatchObject({ start: false });
});

test('a job that ended well and pushed nothing says so', async () => {
  const { api, app } = await begin();
  await considerRetraining(app());
  api.set('job-train-1', 'Succeeded');
  const run = await watchRetraining(app());
  expect(run).toMatchObject({ state: 'succeeded', version: null });
  expect(run!.message).toContain('no new version is in trained');
});

describe('at once', () => {
  test('two timers start one job', async () => {
    const { api, app } = await begin();
    for (let round = 1; round <= 10; round++) {
      await Promise.all([considerRetraining(app()), considerRetraining(app()), considerRetraining(app())]);
      await watchRetraining(app());
      expect(api.started).toBe(round);
      expect(running()).toHaveLength(1);
      work.pass(60);
      api.set(`job-train-${round}`, 'Failed', { endTime: work.now().toISOString() });
      expect(await watchRetraining(app())).toMatchObject({ state: 'failed' });
      work.pass(25 * 60);
    }
  });

  test('two timers that make up for a kill start one job', async () => {
    for (let round = 0; round < 10; round++) {
      const { api, app } = await begin();
      // Decided, and nothing asked of the job.
      api.next('list', { status: 400 });
      await considerRetraining(app());
      expect(work.run().attempts).toEqual([]);
      await Promise.all([watchRetraining(app()), considerRetraining(app()), watchRetraining(app())]);
      expect(api.started).toBe(1);
      expect(work.run()).toMatchObject({ state: 'running', attempts: [{ execution: 'job-train-1' }] });
      await work.stop();
    }
  });

  test('a timer and a person start one job, and who is later is told of it', async () => {
    const { api, app } = await begin();
    const [scheduled, ...asked] = await Promise.allSettled([
      considerRetraining(app()),
      requestRetraining(app(), PERSON),
      requestRetraining(app(), PERSON),
    ]);
    expect(scheduled.status).toBe('fulfilled');
    expect(api.started).toBe(1);
    const refused = asked.filter((one) => one.status === 'rejected');
    expect(refused.length).toBeGreaterThanOrEqual(1);
    for (const { reason } of refused) {
      expect(reason).toMatchObject({ status: 409 });
      expect(reason.message).toContain(`Run ${work.run().id} is under way`);
    }
  });

  test('a job that somebody started by hand is adopted, and none is started beside it', async () => {
    const { api, app } = await begin();
    api.executions.push({ name: 'by-hand', status: 'Running', startTime: work.now().toISOString() });
    const { run } = await considerRetraining(app());
    expect(run).toMatchObject({ state: 'running', attempts: [{ execution: 'by-hand', adopted: true }] });
    expect(api.started).toBe(0);
  });
});

/** Runs `work` and cuts it off at the n-th call of storage or of the service: from there on nothing is done. */
async function cutOff(call: number, task: (app: ReturnType<RetrainingAtWork['app']>) => Promise<unknown>) {
  const app = work.app();
  let calls = 0;
  const killed = new Promise<'killed'>((resolve) => {
    const count = <T extends object>(target: T): T =>
      new Proxy(target, {
        get(object, name) {
          const value = Reflect.get(object, name);
          if (typeof value !== 'function') return value;
          return (...words: unknown[]) => {
            if (++calls < call) return value.apply(object, words);
            resolve('killed');
            // Half of the cuts come after the call was made: the answer is what is lost.
            if (call % 2 === 0 && calls === call)
              void Promise.resolve(value.apply(object, words)).catch(() => {});
            return new Promise(() => {});
          };
        },
      });
    app.storage = count(app.storage);
    app.trainer = count(app.trainer);
  });
  const outcome = await Promise.race([task(app).then(() => 'ended' as const), killed]);
  // What was under way ends.
  await new Promise((resolve) => setTimeout(resolve, 100));
  return outcome;
}

test('a kill at any moment: the next schedule goes on, and one job runs', async () => {
  for (let call = 1; call < 100; call++) {
    await begin();
    const outcome = await cutOff(call, considerRetraining);
    // Past the lease of a start whose answer is not known.
    work.pass(5);
    await considerRetraining(work.app());
    expect([call, running().length]).toEqual([call, 1]);
    expect([call, work.api.started]).toEqual([call, 1]);
    expect(work.run()).toMatchObject({ state: 'running', attempts: expect.anything() });
    expect(work.record(work.run().id)).toEqual(work.run());
    await work.stop();
    if (outcome === 'ended') {
      // So many moments there are: storage is read, the lock taken, a record written, and so on.
      expect(call).toBeGreaterThan(12);
      return;
    }
  }
}, 120_000);

test('before the lease of a start is over nobody else starts', async () => {
  const { api, app, pass } = await begin();
  api.next('start', { status: 500 });
  await considerRetraining(app());
  expect(work.run()).toMatchObject({ state: 'started', attempts: [{ execution: null }] });
  expect(work.run().attempts[0]!.message).toContain('gave no clear answer');
  pass(1);
  await watchRetraining(app());
  expect(api.started).toBe(0);
  pass(2);
  expect(await watchRetraining(app())).toMatchObject({ state: 'running' });
  expect(api.started).toBe(1);
  expect(work.run().attempts).toHaveLength(2);
});

test.each([true, false])(
  'a start whose answer is lost is found again, and not made again (tags are listed: %s)',
  async (tagsAreListed) => {
    const { api, app, pass } = await begin({ tagsAreListed });
    api.next('start', 'lose the answer');
    await considerRetraining(app());
    expect(work.run().attempts).toMatchObject([{ execution: null }]);
    pass(1);
    expect(await watchRetraining(app())).toMatchObject({
      state: 'running',
      attempts: [{ execution: 'job-train-1' }],
    });
    expect(api.started).toBe(1);
  },
);

test('one whose answer is lost, and that has ended by the next look, is not made again either', async () => {
  const { api, app, pass, push } = await begin();
  api.next('start', 'lose the answer');
  await considerRetraining(app());
  pass(30);
  const version = push();
  api.set('job-train-1', 'Succeeded', { endTime: work.now().toISOString() });
  expect(await watchRetraining(app())).toMatchObject({ state: 'succeeded', version });
  expect(api.started).toBe(1);
});

describe('a job that never reports', () => {
  test('is asked to stop and given up after its time; the next schedule trains again', async () => {
    const { api, app, pass } = await begin();
    await considerRetraining(app());
    const first = work.run().id;
    pass(359);
    expect(await watchRetraining(app())).toMatchObject({ state: 'running' });
    pass(1);
    expect(await watchRetraining(app())).toMatchObject({ id: first, state: 'lost' });
    expect(api.requests).toContain('stop job-train-1');
    expect(work.run().message).toContain(
      'no end of it was seen in 360 minutes; job-train-1 was asked to stop',
    );
    // It is marked as running for ever: that must not keep the next one from its start, nor be taken for it.
    api.set('job-train-1', 'Running');
    const { run } = await considerRetraining(app());
    expect(run!.id).not.toBe(first);
    expect(run).toMatchObject({ state: 'running', attempts: [{ execution: 'job-train-2', adopted: false }] });
    expect(work.record(first)).toMatchObject({ state: 'lost' });
    // Asked once more, so that only one runs.
    expect(running().map(({ name }) => name)).toEqual(['job-train-2']);
  });

  test('the schedule itself gives it up and begins anew in one go', async () => {
    const { api, app, pass } = await begin();
    await considerRetraining(app());
    pass(7 * 24 * 60);
    const { run } = await considerRetraining(app());
    expect(run).toMatchObject({ state: 'running', attempts: [{ execution: 'job-train-2' }] });
    expect(running()).toHaveLength(1);
    expect(api.started).toBe(2);
  });

  test('also where it can not be stopped, and the service does not answer at all', async () => {
    const { api, app, pass } = await begin();
    await considerRetraining(app());
    pass(400);
    const down = { status: 503 } as const;
    api.next('list', down, down, down);
    api.next('stop', down, down, down);
    expect(await watchRetraining(app())).toMatchObject({ state: 'lost' });
    expect(work.run().message).toContain('could not be asked to stop');
    expect(work.lock().abandoned).toMatchObject([{ execution: 'job-train-1' }]);
    // It is listed as running still, and is not taken for the next one.
    api.next('stop', { status: 400 });
    expect((await considerRetraining(app())).run).toMatchObject({
      state: 'running',
      attempts: [{ execution: 'job-train-2', adopted: false }],
    });
  }, 30_000);

  test('a person who asks meanwhile is told of it, and after its time gets a training', async () => {
    const { app, pass } = await begin();
    await considerRetraining(app());
    await expect(requestRetraining(app(), PERSON)).rejects.toMatchObject({ status: 409 });
    pass(400);
    expect(await requestRetraining(app(), PERSON)).toMatchObject({ state: 'running', decision: PERSON });
  });
});

test('a start that was held up past its lease, and came after all, is stopped: the later one counts', async () => {
  const { api, app, pass } = await begin();
  api.next('start', { status: 500 });
  await considerRetraining(app());
  const tag = (attempt: number) => ({
    containers: [{ name: 'train', env: [{ name: 'PAWPRINT_RUN', value: `${work.run().id}.${attempt}` }] }],
  });
  pass(5);
  await watchRetraining(app());
  expect(work.run().attempts[1]).toMatchObject({ execution: 'job-train-1' });
  api.executions.push({
    name: 'late',
    status: 'Running',
    startTime: work.now().toISOString(),
    template: tag(1),
  });
  await watchRetraining(app());
  expect(api.requests).toContain('stop late');
  expect(running().map(({ name }) => name)).toEqual(['job-train-1']);
});
