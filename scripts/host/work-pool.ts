/**
 * @module scripts/host/work-pool
 * Runs a bounded number of tasks at a time and can be waited for.
 */

export class WorkPool {
  readonly #limit: number;
  readonly #running = new Set<Promise<void>>();
  readonly #queue: (() => Promise<void>)[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Runs the task when there is room. A task must not throw: it has nobody to tell. */
  add(task: () => Promise<void>): void {
    if (this.#running.size >= this.#limit) {
      this.#queue.push(task);
      return;
    }
    const run = task().finally(() => {
      this.#running.delete(run);
      const next = this.#queue.shift();
      if (next) this.add(next);
    });
    this.#running.add(run);
  }

  /** Drops the tasks that haven't begun. */
  clear(): void {
    this.#queue.length = 0;
  }

  /** Resolves when nothing runs or waits. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running);
  }
}
