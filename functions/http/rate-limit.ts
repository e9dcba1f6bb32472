/**
 * @module functions/http/rate-limit
 * Bounds how often something happens on an instance, by a bucket of tokens that fills at a steady rate.
 */
import { TooManyRequestsError } from '../../core/errors.ts';

export class RateLimit {
  private readonly perMinute: number;
  private readonly clock: () => number;
  private tokens: number;
  private filledAt: number;

  /** `clock` gives milliseconds and only goes forward. A minute's worth may come at once. */
  constructor({ perMinute, clock = () => performance.now() }: { perMinute: number; clock?: () => number }) {
    this.perMinute = perMinute;
    this.clock = clock;
    this.tokens = perMinute;
    this.filledAt = clock();
  }

  /** Takes a token. Throws {@link TooManyRequestsError}, which says when there will be one. */
  take(): void {
    const now = this.clock();
    const perMs = this.perMinute / 60_000;
    this.tokens = Math.min(this.perMinute, this.tokens + (now - this.filledAt) * perMs);
    this.filledAt = now;
    if (this.tokens >= 1) {
      this.tokens--;
      return;
    }
    throw new TooManyRequestsError(
      `This instance takes ${this.perMinute} of these in a minute. Try again in a moment.`,
      { retryAfterSeconds: (1 - this.tokens) / perMs / 1000 },
    );
  }
}
