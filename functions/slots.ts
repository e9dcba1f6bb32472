/**
 * @module functions/slots
 * Bounds the work of an instance: so many pieces at once, a short queue, and 429 beyond.
 */
import { DeadlineError, TooManyRequestsError } from '../core/errors.ts';

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

  /**
   * Runs `task` when a slot is free. `letOthers`, called between two parts of long work, hands the slot to who waits
   * longest, if anybody does, and resolves when there is one again: the work goes to the end of the queue, whose bound
   * doesn't count since it was let in already. Throws {@link TooManyRequestsError} when the queue is full and
   * {@link DeadlineError} when `deadlineMs` pass first. Work that outlives its deadline keeps its slot until it
   * truly ends: otherwise the instance would take on more than it can do.
   */
  async run<T>(
    task: (signal: AbortSignal, letOthers: () => Promise<void>) => Promise<T>,
    { deadlineMs }: { deadlineMs: number },
  ): Promise<T> {
    if (this.isFull && this.waiting.length >= this.queue) {
      throw new TooManyRequestsError(
        'This instance has as many photographs as it takes. Try again in a second.',
        {
          retryAfterSeconds: 1,
        },
      );
    }
    const signal = AbortSignal.timeout(deadlineMs);
    const work = this.takeTurn(signal).then(async (hasTurn) => {
      if (!hasTurn) throw deadlineError(deadlineMs);
      let isHeld = true;
      const letOthers = async () => {
        if (signal.aborted) return;
        isHeld = false;
        this.release();
        isHeld = await this.takeTurn(signal);
        if (!isHeld) throw deadlineError(deadlineMs);
      };
      try {
        return await task(signal, letOthers);
      } finally {
        if (isHeld) this.release();
      }
    });
    return Promise.race([work, deadline(signal, deadlineMs)]);
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

function deadline(signal: AbortSignal, milliseconds: number): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(deadlineError(milliseconds)), { once: true });
  });
}

function deadlineError(milliseconds: number): DeadlineError {
  return new DeadlineError(
    `No answer within ${milliseconds / 1000} s. Try again, or send a smaller photograph.`,
  );
}
