/**
 * @module core/inference/retry-pause
 * How long to leave something alone that has just failed: longer each time, and never for good.
 */

export const FIRST_PAUSE_SECONDS = 1;
export const LONGEST_PAUSE_SECONDS = 60;

/** Pauses that double from {@link FIRST_PAUSE_SECONDS} to {@link LONGEST_PAUSE_SECONDS}. */
export class RetryPause {
  private failures = 0;

  /** Seconds to wait after one more failure. */
  next(): number {
    return Math.min(FIRST_PAUSE_SECONDS * 2 ** this.failures++, LONGEST_PAUSE_SECONDS);
  }

  /** After a success. */
  reset(): void {
    this.failures = 0;
  }
}
