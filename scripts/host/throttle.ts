/**
 * @module scripts/host/throttle
 * host.json's maxOutstandingRequests and maxConcurrentRequests. -1 is no limit.
 */

export class Throttle {
  readonly #maxOutstanding: number;
  readonly #maxConcurrent: number;
  #outstanding = 0;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor({ maxOutstanding, maxConcurrent }: { maxOutstanding: number; maxConcurrent: number }) {
    this.#maxOutstanding = maxOutstanding;
    this.#maxConcurrent = maxConcurrent;
  }

  /**
   * Runs `work` when there is room, after queueing for it. Returns false, without running it, when as many
   * requests as may be outstanding (running or queued) already are.
   */
  async run(work: () => Promise<void>): Promise<boolean> {
    if (this.#maxOutstanding >= 0 && this.#outstanding >= this.#maxOutstanding) return false;
    this.#outstanding += 1;
    try {
      await this.#takeTurn();
      await work();
    } finally {
      this.#outstanding -= 1;
      this.#endTurn();
    }
    return true;
  }

  async #takeTurn(): Promise<void> {
    if (this.#maxConcurrent < 0 || this.#running < this.#maxConcurrent) this.#running += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** A turn is handed on, not given back: `#running` stays while somebody waits. */
  #endTurn(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#running -= 1;
  }
}
