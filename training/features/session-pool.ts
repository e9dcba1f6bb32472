/**
 * @module training/features/session-pool
 * One model in several threads, a picture in each, behind the face of a single session.
 *
 * A run of ONNX Runtime holds the thread that it is called from. And the threads of one session wait for each other
 * at every operator: with another program on one of two processors, a picture of EfficientNet-Lite2 at 260 took
 * 40 ms by one session of two threads, and 21 ms so.
 */
import { Worker } from 'node:worker_threads';
import { InvalidModelError, messageOf } from '../../core/errors.ts';
import { runOf, type Session } from '../../core/inference/session.ts';
import { watchPhase } from '../../core/inference/worker/before-exit.ts';
import type { Reply, Request, ThreadData } from './session-worker.ts';

/** Opens a model for many pictures. */
export type OpenSession = (onnx: Uint8Array) => Promise<BatchSession>;

export interface BatchSession extends Session {
  /** So many runs at once keep it busy; 1 if it isn't given. */
  readonly concurrency?: number;
}

/** Requests that wait in front of each thread, so that none is idle while the next picture is handed over. */
const QUEUED = 2;

/** Opens `onnx` in `threads` threads that run `script`, the path of `session-worker.ts`. Throws {@link InvalidModelError}. */
export async function openSessionPool(
  onnx: Uint8Array,
  { threads, script }: { threads: number; script: string },
): Promise<BatchSession> {
  const lanes = await Promise.all(Array.from({ length: threads }, () => openLane(onnx, script)));
  const { height, width, outputSizes } = lanes[0]!;
  const runAll: Session['runAll'] = (pixels, n = 1) => {
    const idlest = lanes.reduce((a, b) => (b.waiting() < a.waiting() ? b : a));
    return idlest.run({ pixels, n });
  };
  return {
    height,
    width,
    outputSizes,
    concurrency: threads * QUEUED,
    runAll,
    run: runOf(runAll),
    async dispose() {
      await Promise.all(lanes.map((lane) => lane.end()));
    },
  };
}

interface Lane extends Pick<Session, 'height' | 'width' | 'outputSizes'> {
  run(request: Exclude<Request, 'end'>): Promise<Record<string, Float32Array>>;
  waiting(): number;
  end(): Promise<void>;
}

async function openLane(onnx: Uint8Array, script: string): Promise<Lane> {
  const { phase, unwatch } = watchPhase();
  const worker = new Worker(script, { workerData: { onnx, phase } satisfies ThreadData });
  const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
  ended.then(unwatch);
  const queue: { resolve: (reply: Reply) => void; reject: (error: unknown) => void }[] = [];
  worker.on('message', (reply: Reply) => queue.shift()?.resolve(reply));
  worker.on('error', (error) => {
    for (const { reject } of queue.splice(0)) reject(error);
  });
  const nextReply = () => new Promise<Reply>((resolve, reject) => queue.push({ resolve, reject }));
  const opened = await nextReply().catch((error: unknown) => {
    throw new InvalidModelError(messageOf(error), { cause: error });
  });
  if (!('height' in opened)) throw new Error('A thread of the pool answered before it was asked.');
  return {
    ...opened,
    async run(request) {
      worker.postMessage(request);
      const reply = await nextReply();
      if ('outputs' in reply) return reply.outputs;
      throw new Error('fault' in reply ? reply.fault : 'A thread of the pool gave no answer.');
    },
    waiting: () => queue.length,
    async end() {
      worker.postMessage('end');
      await ended;
    },
  };
}
