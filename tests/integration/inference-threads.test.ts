/** Threads of inference with ONNX Runtime itself: the same answers, and no end of a process that aborts it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeadlineError, InvalidModelError, TooManyRequestsError } from '../../core/errors.ts';
import { loadSession, type Session } from '../../core/inference/session.ts';
import { openWorkerSession } from '../../core/inference/worker/worker-session.ts';
import { inferenceScript } from '../../functions/inference-script.ts';
import { Slots } from '../../functions/slots.ts';
import { ROOT, startNode, stopAll } from '../helpers/processes.ts';
import { aWideVersion } from '../helpers/wide-version.ts';

const ENDING = join(ROOT, 'tests', 'helpers', 'exit-while-inferring.ts');
const script = inferenceScript();
const folder = mkdtempSync(join(tmpdir(), 'pawprint-threads-'));
const model = join(folder, 'model.onnx');

let onnx: Buffer;
beforeAll(async () => {
  onnx = (await aWideVersion(1)).files.get('model.onnx')!;
  writeFileSync(model, onnx);
});
afterAll(async () => {
  await stopAll();
  rmSync(folder, { recursive: true, force: true });
});

describe('a session in threads', () => {
  let session: Session;
  beforeAll(async () => {
    session = await openWorkerSession(onnx, { script, most: 2 });
  });
  afterAll(() => session.dispose());

  const pixelsOf = (pictures: number) =>
    Uint8Array.from({ length: pictures * session.height * session.width * 3 }, (_, i) => (i * 31) % 251);

  it('has the sizes and the answers of one in the same thread', async () => {
    const direct = await loadSession(onnx, { threads: 1 });
    const { height, width, outputSizes } = direct;
    expect(session).toMatchObject({ height, width, outputSizes });
    const pixels = pixelsOf(3);
    expect(await session.runAll(pixels, 3)).toEqual(await direct.runAll(pixels, 3));
    expect((await session.run(pixels.subarray(0, height * width * 3))).logits).toHaveLength(
      outputSizes.logits!,
    );
    await direct.dispose();
  });

  it('refuses what is no model, and a run of the wrong size, and goes on', async () => {
    await expect(openWorkerSession(Buffer.from('no graph'), { script })).rejects.toThrow(InvalidModelError);
    await expect(session.run(new Uint8Array(5))).rejects.toThrow();
    expect((await session.run(pixelsOf(1))).logits).toHaveLength(4);
  });

  it('leaves the event loop free, and gives a run up that takes too long', async () => {
    const start = performance.now();
    let turns = 0;
    const beat = setInterval(() => turns++, 5);
    let ended: Promise<void> | undefined;
    const pictures = 200;
    const slow = session.run(pixelsOf(pictures), pictures, {
      signal: AbortSignal.timeout(30),
      onAbandoned: (end) => {
        ended = end;
      },
    });
    await expect(slow).rejects.toThrow(/time/);
    const givenUpMs = performance.now() - start;
    expect((await session.run(pixelsOf(1))).logits).toHaveLength(4);
    await ended;
    clearInterval(beat);
    expect(performance.now() - start).toBeGreaterThan(givenUpMs);
    expect(turns).toBeGreaterThan(10);
  });
});

describe('a request whose time is over while its picture is in a thread', () => {
  it('is answered at once, and its slot is taken until the thread has truly ended', async () => {
    const session = await openWorkerSession(onnx, { script, most: 1 });
    const slots = new Slots({ concurrency: 1, queue: 0 });
    const pictures = 200;
    const pixels = new Uint8Array(pictures * session.height * session.width * 3);
    const start = performance.now();
    let endedMs = Number.POSITIVE_INFINITY;
    const late = slots.run(
      async (turn) =>
        session.run(pixels, pictures, {
          signal: turn.signal,
          onAbandoned: (ended) => {
            ended.then(() => {
              endedMs = performance.now() - start;
            });
            turn.holdUntil(ended);
          },
        }),
      { deadlineMs: 30 },
    );
    await expect(late).rejects.toThrow(DeadlineError);
    // The model itself is there again before: another thread has taken the place.
    await expect(slots.run(async () => 'no', { deadlineMs: 1000 })).rejects.toThrow(TooManyRequestsError);
    expect(endedMs).toBe(Number.POSITIVE_INFINITY);
    while (slots.isFull) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(endedMs).toBeLessThan(Number.POSITIVE_INFINITY);
    const one = pixels.subarray(0, pixels.length / pictures);
    const next = await slots.run(() => session.run(one), { deadlineMs: 10_000 });
    expect(next.logits).toHaveLength(4);
    await session.dispose();
  });
});

// Stopped by Node.js inside of a run, a thread aborts the process: SIGABRT, "terminate called after throwing an
// instance of 'Napi::Error'". A host that ends an instance with a request at work would see a crash.
test.each([
  ['serving', 'exit', 7],
  ['serving', 'throw', 1],
  ['serving', 'return', 0],
  ['training', 'exit', 7],
  ['training', 'throw', 1],
])(
  'a process with threads of %s that ends by %s while one is at work ends with %i',
  async (threads, how, code) => {
    const process_ = startNode([ENDING, threads, model, how]);
    expect([await process_.ended, process_.output()]).toEqual([
      code,
      expect.stringContaining(`ends by ${how}`),
    ]);
  },
);
