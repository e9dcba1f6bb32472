/**
 * @module functions/slots
 * Bounds the work of an instance: so many pieces at once, a short queue, and 429 beyond.
 */
import { DeadlineError, TooManyRequestsError } from '../core/errors.ts';

/** What a piece of work can know of its slot, and do with it. */
export interface Turn {
  /** Aborted, with a DeadlineError, when the work's time is over: the client has its answer then. */
  readonly signal: AbortSignal;
  /**
   * Between two parts of long work: hands the slot to who waits longest, if anybody does, and resolves when there is one
   * again. The work goes to the end of the queue, whose bound doesn't count since it was let in already.
   */
  letOthers(): Promise<void>;
  /** Keeps the slot taken until `ended` has settled, though the work itself is over: something that was given up still runs. */
  holdUntil(ended: Promise<unknown>): void;
}

export interface TurnOptions {
  /** Of the whole request. */
  deadlineMs: number;
  /** `performance.now()` when the request came in: what it did before it asked for a slot counts. Now, without it. */
  startedAt?: number;
}

export class Slots {
  private readonly concurrency: number;
  private readonly queue: number;
  private readonly waiting: (() => void)[] = [];
  private taken = 0;

  constructor({ concurrency, queue }: { concurrency: number; queue: number }) {
    this.concurrency = concurrency;
    this.queue = queue;
  }

  /** Whether the next piece of work would have to wait. */
  get isFull(): boolean {
    return this.taken >= this.concurrency;
  }

  /** Throws {@link TooManyRequestsError} when the queue is full: for work that needs preparing, before it is prepared. */
  requireRoom(): void {
    if (!this.isFull || this.waiting.length < this.queue) return;
    throw new TooManyRequestsError(
      'This instance has as many photographs as it takes. Try again in a second.',
      { retryAfterSeconds: 1 },
    );
  }

  /** What is going on now, for who watches. */
  get state(): { inUse: number; capacity: number; queued: number } {
    return { inUse: this.taken, capacity: this.concurrency, queued: this.waiting.length };
  }

  /**
   * Runs `task` when a slot is free. Throws {@link TooManyRequestsError} when the queue is full and
   * {@link DeadlineError} when `deadlineMs` pass first, counted from `startedAt`; what is late already isn't begun.
   * Work that outlives its deadline keeps its slot until it truly ends: otherwise the instance would take on more
   * than it can do.
   */
  async run<T>(task: (turn: Turn) => Promise<T>, { deadlineMs, startedAt }: TurnOptions): Promise<T> {
    this.requireRoom();
    const leftMs = deadlineMs - (startedAt === undefined ? 0 : performance.now() - startedAt);
    if (leftMs <= 0) throw deadlineError(deadlineMs);
    const deadline = new AbortController();
    const { signal } = deadline;
    const timer = setTimeout(() => deadline.abort(deadlineError(deadlineMs)), leftMs);
    const late = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    const work = this.takeTurn(signal).then((hasTurn) => {
      if (!hasTurn) throw signal.reason;
      return this.work(task, signal);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Runs `task` in a slot that was taken, and gives the slot back when all of it has ended. */
  private async work<T>(task: (turn: Turn) => Promise<T>, signal: AbortSignal): Promise<T> {
    let held: Promise<unknown> | undefined;
    let isTaken = true;
    const turn: Turn = {
      signal,
      holdUntil: (ended) => {
        held = Promise.allSettled([held, ended]);
      },
      letOthers: async () => {
        await held;
        if (signal.aborted) return;
        isTaken = false;
        this.release();
        isTaken = await this.takeTurn(signal);
        if (!isTaken) throw signal.reason;
      },
    };
    try {
      return await task(turn);
    } finally {
      if (isTaken && held === undefined) this.release();
      else if (isTaken) held?.then(() => this.release());
    }
  }

  /** Waits for a slot. False when `signal` came first; the place in the queue is free again then. */
  private async takeTurn(signal: AbortSignal): Promise<boolean> {
    if (this.taken < this.concurrency) {
      this.taken++;
      return true;
    }
    // The slot is handed over as it is: `taken` doesn't change.
    return new Promise((resolve) => {
      const turn = () => resolve(true);
      this.waiting.push(turn);
      signal.addEventListener(
        'abort',
        () => {
          const place = this.waiting.indexOf(turn);
          if (place < 0) return;
          this.waiting.splice(place, 1);
          resolve(false);
        },
        { once: true },
      );
    });
  }

  private release(): void {
    const next = this.waiting.shift();
    if (next === undefined) this.taken--;
    else next();
  }
}

function deadlineError(milliseconds: number): DeadlineError {
  return new DeadlineError(
    `No answer within ${milliseconds / 1000} s. Try again, or send a smaller photograph.`,
  );
}
