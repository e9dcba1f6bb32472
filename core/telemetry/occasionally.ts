/**
 * @module core/telemetry/occasionally
 * For what may come a thousand times a second and is worth a line once in a while.
 */

export class Occasionally {
  readonly #everyMs: number;
  readonly #now: () => number;
  #latest = Number.NEGATIVE_INFINITY;
  #leftOut = 0;

  /** `now` is in milliseconds and never runs back. */
  constructor(everyMs: number, now: () => number = () => performance.now()) {
    this.#everyMs = everyMs;
    this.#now = now;
  }

  /** Undefined when it is too early for the next; else how many were left out since the one before. */
  take(): number | undefined {
    const now = this.#now();
    if (now - this.#latest < this.#everyMs) {
      this.#leftOut += 1;
      return undefined;
    }
    const leftOut = this.#leftOut;
    [this.#latest, this.#leftOut] = [now, 0];
    return leftOut;
  }
}
