/**
 * @module core/inference/worker/lane
 * One thread that runs a model, one picture or batch at a time.
 */
import { Worker } from 'node:worker_threads';
import { InvalidModelError, messageOf, UnavailableError } from '../../errors.ts';
import { watchPhase } from './before-exit.ts';
import type { Opened, Reply, Request, ThreadData } from './protocol.ts';

/** JavaScript's own memory in a thread. Pixels and weights lie outside of it, and little else is there. */
const MOST_HEAP_MB = 128;

/** The thread that ran the model has ended by itself: it ran out of memory, say. */
export class ModelStoppedError extends UnavailableError {
  constructor(cause: unknown) {
    super(`The thread that ran the model has ended: ${messageOf(cause)}`, {
      cause,
      retryAfterSeconds: 1,
      publicMessage: 'The model stopped while it looked at this photograph. Try again.',
    });
  }
}

/** 503 where no thread can be started: the instance has no memory for one, say. */
export function threadNotStarted(cause: unknown): UnavailableError {
  return new UnavailableError(`No thread can be started for the model: ${messageOf(cause)}`, {
    cause,
    retryAfterSeconds: 5,
    publicMessage: "The model can't run at the moment. Try again in a few seconds.",
  });
}

export interface LaneOptions {
  onnx: SharedArrayBuffer;
  /** Absolute path of `inference-thread.ts`, or of what the build made of it. */
  script: string;
  /** Threads within an operator. */
  threads: number;
}

export interface Lane extends Opened {
  /**
   * Answers for `n` pictures; the lane must not be in use. Throws {@link ModelStoppedError} when the thread ends
   * meanwhile. A run can't be cut short: whoever stops waiting calls {@link end}.
   */
  run(pixels: Uint8Array, n: number): Promise<Record<string, Float32Array>>;
  /** Ends the thread, after the run under way. */
  end(): void;
  /** Whether the thread has ended, however. */
  readonly isOver: boolean;
  /** Resolves when it has. */
  readonly ended: Promise<void>;
}

/** Starts a thread and waits until its session is open and warm. Throws InvalidModelError and {@link threadNotStarted}. */
export async function openLane({ onnx, script, threads }: LaneOptions): Promise<Lane> {
  const { phase, unwatch } = watchPhase();
  // Flags of this process, --import say, aren't meant for the thread; sources in TypeScript warn that Node.js runs them.
  const execArgv = script.endsWith('.ts') ? ['--disable-warning=ExperimentalWarning'] : [];
  const worker = new Worker(script, {
    workerData: { onnx, threads, phase } satisfies ThreadData,
    execArgv,
    resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MB },
  });
  let waiting: { resolve: (reply: Reply) => void; reject: (error: unknown) => void } | undefined;
  let cause: unknown;
  let isOver = false;
  let isEnding = false;
  worker.on('message', (reply: Reply) => waiting?.resolve(reply));
  worker.on('error', (error) => {
    cause = error;
  });
  const ended = new Promise<void>((resolve) => {
    worker.once('exit', (code) => {
      isOver = true;
      unwatch();
      waiting?.reject(new ModelStoppedError(cause ?? new Error(`exit code ${code}`)));
      resolve();
    });
  });
  // An idle thread doesn't keep the process alive; one that owes an answer, or is to end, does.
  const nextReply = async (): Promise<Exclude<Reply, { fault: string }>> => {
    if (isOver) throw new ModelStoppedError(cause ?? new Error('it had ended before'));
    worker.ref();
    try {
      const reply = await new Promise<Reply>((resolve, reject) => {
        waiting = { resolve, reject };
      });
      if (!('fault' in reply)) return reply;
      throw reply.isInvalidModel ? new InvalidModelError(reply.fault) : new Error(reply.fault);
    } finally {
      waiting = undefined;
      if (!isEnding) worker.unref();
    }
  };

  const first = await nextReply().catch((error: unknown) => {
    throw error instanceof ModelStoppedError ? threadNotStarted(error.cause) : error;
  });
  if (!('opened' in first)) throw new Error('A thread answered before it was asked.');
  return {
    ...first.opened,
    ended,
    get isOver() {
      return isOver;
    },
    async run(pixels, n) {
      const reply = nextReply();
      worker.postMessage({ pixels, n } satisfies Request);
      const answer = await reply;
      if ('outputs' in answer) return answer.outputs;
      throw new Error('A thread opened its session a second time.');
    },
    end() {
      isEnding = true;
      worker.ref();
      worker.postMessage('end' satisfies Request);
    },
  };
}
