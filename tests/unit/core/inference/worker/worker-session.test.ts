/** Threads that end, throw, run out of memory or take too long; what they run is tests/helpers/hostile-thread.cjs. */
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeadlineError, InvalidModelError, UnavailableError } from '../../../../../core/errors.ts';
import type { RunOptions, Session } from '../../../../../core/inference/session.ts';
import { ModelStoppedError } from '../../../../../core/inference/worker/lane.ts';
import {
  openWorkerSession,
  type WorkerSessionOptions,
} from '../../../../../core/inference/worker/worker-session.ts';
import { ROOT } from '../../../../helpers/processes.ts';

const SCRIPT = join(ROOT, 'tests', 'helpers', 'hostile-thread.cjs');
const [ANSWER, EXIT, THROW, FILL_MEMORY, LONG, FAULT] = [0, 1, 2, 3, 4, 5];
const LONG_MS = 400;
const OPENS = Uint8Array.of(0);

let session: Session;
const open = async (options: Partial<WorkerSessionOptions> = {}) => {
  session = await openWorkerSession(OPENS, { script: SCRIPT, most: 1, ...options });
};
afterEach(() => session.dispose());

/** Of a run: [what was asked for, how many runs its thread has had]. */
const ask = async (what: number, options?: RunOptions) => [
  ...(await session.run(Uint8Array.of(what, 0, 0), 1, options)).logits,
];
const abortedIn = (ms: number) => {
  const controller = new AbortController();
  setTimeout(() => controller.abort(new DeadlineError('too late')), ms);
  return controller.signal;
};
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

test('runs follow each other in one thread', async () => {
  await open();
  expect(session.outputSizes).toEqual({ logits: 2, features: 1 });
  const answers = await Promise.all([ask(ANSWER), ask(ANSWER), ask(ANSWER)]);
  expect(answers).toEqual([
    [ANSWER, 1],
    [ANSWER, 2],
    [ANSWER, 3],
  ]);
});

describe('a thread that', () => {
  test.each([
    ['ends itself', EXIT, 'exit code 3'],
    ['throws', THROW, 'thrown in the thread'],
    ['runs out of memory', FILL_MEMORY, 'memory'],
  ])('%s fails its own run with 503, and is replaced', async (_, how, words) => {
    await open();
    const failed = ask(how).catch((error: unknown) => error);
    // One that waits behind it gets the new thread.
    const next = ask(ANSWER);
    const error = await failed;
    expect(error).toBeInstanceOf(ModelStoppedError);
    expect(error).toMatchObject({
      status: 503,
      retryAfterSeconds: 1,
      message: expect.stringContaining(words),
    });
    expect((error as ModelStoppedError).publicMessage).not.toContain('thread');
    expect(await next).toEqual([ANSWER, 1]);
    expect(await ask(ANSWER)).toEqual([ANSWER, 2]);
  });

  test('answers with a fault goes on', async () => {
    await open();
    await expect(ask(FAULT)).rejects.toThrow('no such operator');
    expect((await ask(ANSWER))[1]).toBe(1);
  });
});

describe('a run that takes too long', () => {
  test('is given up when its signal says so, and is known to go on until it has ended', async () => {
    await open();
    const [start, signal] = [performance.now(), abortedIn(50)];
    let ended: Promise<void> | undefined;
    const onAbandoned = (end: Promise<void>) => {
      ended = end;
    };
    await expect(ask(LONG, { signal, onAbandoned })).rejects.toThrow('too late');
    expect(performance.now() - start).toBeLessThan(LONG_MS - 100);
    // Another thread has taken its place before it ends.
    expect(await ask(ANSWER)).toEqual([ANSWER, 1]);
    await ended;
    expect(performance.now() - start).toBeGreaterThan(LONG_MS - 20);
  });

  test('leaves those alone that wait for its thread: they get its successor', async () => {
    await open();
    const slow = ask(LONG, { signal: abortedIn(20) }).catch((error: unknown) => error);
    const next = Promise.all([ask(ANSWER), ask(ANSWER)]);
    expect(await slow).toBeInstanceOf(DeadlineError);
    expect(await next).toEqual([
      [ANSWER, 1],
      [ANSWER, 2],
    ]);
  });

  test('is not begun when its time is over before', async () => {
    await open();
    const slow = ask(LONG);
    await expect(ask(ANSWER, { signal: abortedIn(20) })).rejects.toThrow('too late');
    await expect(ask(ANSWER, { signal: AbortSignal.abort(new Error('before')) })).rejects.toThrow('before');
    await slow;
    expect((await ask(ANSWER))[1]).toBe(2);
  });
});

describe('more threads', () => {
  test('are opened when runs have to wait, up to the bound', async () => {
    await open({ most: 2 });
    const answers = await Promise.all(Array.from({ length: 6 }, () => ask(LONG)));
    // Each counts its own runs: six by one would be 1 to 6.
    const counts = answers.map(([, count]) => count!).sort();
    expect(Math.max(...counts)).toBeLessThan(6);
    expect(counts.filter((count) => count === 1)).toHaveLength(2);
  });

  test('end when nobody needs them any more, and the last one stays', async () => {
    await open({ most: 2, idleMs: 50 });
    await Promise.all([ask(LONG), ask(LONG), ask(LONG)]);
    await pause(200);
    // One thread alone answers: its count goes up with each run.
    const counts = (await Promise.all([ask(ANSWER), ask(ANSWER)])).map(([, count]) => count!);
    expect(counts[1]! - counts[0]!).toBe(1);
    expect(counts[0]).toBeGreaterThan(1);
  });
});

describe('a model', () => {
  afterEach(() => open());

  test('that is none is refused as that', async () => {
    const opening = openWorkerSession(Uint8Array.of(2), { script: SCRIPT });
    await expect(opening).rejects.toThrow(InvalidModelError);
  });

  test.each([
    ['dies at once', Uint8Array.of(1), SCRIPT],
    ['has no script', OPENS, join(ROOT, 'nothing-here.cjs')],
  ])('whose thread %s is unavailable', async (_, onnx, script) => {
    const opening = openWorkerSession(onnx, { script });
    await expect(opening).rejects.toThrow(UnavailableError);
    await expect(opening).rejects.toThrow(/^No thread can be started for the model/);
  });

  test('whose thread can not be started again answers 503, and nobody waits for ever', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pawprint-thread-'));
    const script = join(folder, 'thread.cjs');
    copyFileSync(SCRIPT, script);
    session = await openWorkerSession(OPENS, { script, most: 1 });
    rmSync(folder, { recursive: true });
    const failed = ask(EXIT).catch((error: unknown) => error);
    const next = ask(ANSWER).catch((error: unknown) => error);
    expect(await failed).toBeInstanceOf(ModelStoppedError);
    expect(await next).toMatchObject({ status: 503, message: expect.stringContaining('No thread') });
    await expect(ask(ANSWER)).rejects.toThrow('No thread');
    await session.dispose();
    await expect(ask(ANSWER)).rejects.toThrow('freed');
  });
});
