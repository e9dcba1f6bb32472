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

  /**
   * Runs `task` when a slot is free. Throws {@link TooManyRequestsError} when the queue is full and
   * {@link DeadlineError} when `deadlineMs` pass first. Work that outlives its deadline keeps its slot until it
   * truly ends: otherwise the instance would take on more than it can do.
   */
  async run<T>(
    task: (signal: AbortSignal) => Promise<T>,
    { deadlineMs }: { deadlineMs: number },
  ): Promise<T> {
    const full = this.taken >= this.concurrency;
    if (full && this.waiting.length >= this.queue) {
      throw new TooManyRequestsError(
        'This instance has as many photographs as it takes. Try again in a second.',
        {
          retryAfterSeconds: 1,
        },
      );
    }
    const signal = AbortSignal.timeout(deadlineMs);
    const work = this.takeTurn().then(async () => {
      try {
        if (signal.aborted) throw deadlineError(deadlineMs);
        return await task(signal);
      } finally {
        this.release();
      }
    });
    return Promise.race([work, deadline(signal, deadlineMs)]);
  }

  private async takeTurn(): Promise<void> {
    if (this.taken < this.concurrency) {
      this.taken++;
      return;
    }
    // The slot is handed over as it is: `taken` doesn't change.
    await new Promise<void>((resolve) => this.waiting.push(resolve));
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
