/**
 * @module core/inference/worker/lanes
 * The threads of one model: who waits gets the next that is free, more are opened while there is need, and one that is
 * lost is replaced.
 */
import type { RunOptions } from '../session.ts';
import { type Lane, threadNotStarted } from './lane.ts';

export interface LanesOptions {
  open: () => Promise<Lane>;
  /** Lanes at once, beside those that were given up. */
  most: number;
  /** After which a lane that isn't the only one, and has had nothing to do, ends. */
  idleMs: number;
}

interface Waiting {
  resolve: (lane: Lane) => void;
  reject: (error: unknown) => void;
}

export class Lanes {
  private readonly open: () => Promise<Lane>;
  private readonly most: number;
  private readonly idleMs: number;
  private readonly all = new Set<Lane>();
  /** The one used last comes last, and is used next. */
  private readonly idle: { lane: Lane; timer: NodeJS.Timeout }[] = [];
  private readonly waiting: Waiting[] = [];
  private opening = 0;
  private isClosed = false;

  constructor(first: Lane, { open, most, idleMs }: LanesOptions) {
    this.open = open;
    this.most = Math.max(1, most);
    this.idleMs = idleMs;
    this.add(first);
  }

  /** Answers for `n` pictures by the next lane that is free. Throws what {@link Lane.run} does, and the signal's reason. */
  async run(pixels: Uint8Array, n: number, { signal, onAbandoned }: RunOptions) {
    signal?.throwIfAborted();
    if (this.isClosed) throw new Error('The model has been freed.');
    const lane = await this.take(signal);
    let giveUp = () => {};
    const givenUp = new Promise<never>((_, reject) => {
      giveUp = () => {
        this.all.delete(lane);
        lane.end();
        onAbandoned?.(lane.ended);
        this.replace();
        reject(signal?.reason);
      };
    });
    signal?.addEventListener('abort', giveUp, { once: true });
    const running = lane.run(pixels, n);
    // Given up, it still ends: with an answer that nobody wants, or with its thread.
    running.catch(() => {});
    try {
      return await Promise.race([running, givenUp]);
    } finally {
      signal?.removeEventListener('abort', giveUp);
      if (lane.isOver) this.lose(lane);
      else if (this.all.has(lane)) this.giveBack(lane);
    }
  }

  /** Ends all threads once their runs have ended, and waits for that; not for those that were given up. */
  async close(): Promise<void> {
    this.isClosed = true;
    for (const { reject } of this.waiting.splice(0)) reject(new Error('The model has been freed.'));
    for (const { timer } of this.idle.splice(0)) clearTimeout(timer);
    const lanes = [...this.all];
    this.all.clear();
    for (const lane of lanes) lane.end();
    await Promise.all(lanes.map(({ ended }) => ended));
  }

  /** Waits for a lane. Rejects with the signal's reason, and leaves the queue, when that comes first. */
  private take(signal: AbortSignal | undefined): Promise<Lane> {
    const last = this.idle.pop();
    if (last !== undefined) {
      clearTimeout(last.timer);
      return Promise.resolve(last.lane);
    }
    return new Promise<Lane>((resolve, reject) => {
      const abort = () => {
        this.waiting.splice(this.waiting.indexOf(entry), 1);
        reject(signal?.reason);
      };
      const entry: Waiting = {
        resolve: (lane) => {
          signal?.removeEventListener('abort', abort);
          resolve(lane);
        },
        reject: (error) => {
          signal?.removeEventListener('abort', abort);
          reject(error);
        },
      };
      this.waiting.push(entry);
      signal?.addEventListener('abort', abort, { once: true });
      this.openMore();
    });
  }

  private add(lane: Lane): void {
    this.all.add(lane);
    lane.ended.then(() => this.lose(lane));
    this.giveBack(lane);
  }

  /** Replaces a lane whose thread has ended by itself. One that was to end is no longer among them. */
  private lose(lane: Lane): void {
    if (!this.all.delete(lane)) return;
    const index = this.idle.findIndex((entry) => entry.lane === lane);
    if (index >= 0) clearTimeout(this.idle.splice(index, 1)[0]!.timer);
    this.replace();
  }

  private giveBack(lane: Lane): void {
    const next = this.waiting.shift();
    if (next === undefined) {
      const timer = setTimeout(() => this.endIdle(lane), this.idleMs).unref();
      this.idle.push({ lane, timer });
    } else next.resolve(lane);
  }

  private endIdle(lane: Lane): void {
    if (this.all.size === 1) return;
    const index = this.idle.findIndex((entry) => entry.lane === lane);
    if (index < 0) return;
    this.idle.splice(index, 1);
    this.all.delete(lane);
    lane.end();
  }

  /** After a lane was lost: the next request shouldn't have to wait for one. */
  private replace(): void {
    const isNeeded = this.waiting.length > 0 || this.all.size === 0;
    if (isNeeded) this.openMore();
  }

  private openMore(): void {
    if (this.isClosed || this.all.size + this.opening >= this.most) return;
    this.opening++;
    this.open().then(
      (lane) => {
        this.opening--;
        if (this.isClosed) lane.end();
        else this.add(lane);
      },
      (error: unknown) => {
        this.opening--;
        // With others at work, those who wait get one of them; else they would wait for ever.
        if (this.all.size + this.opening > 0) return;
        for (const { reject } of this.waiting.splice(0)) reject(threadNotStarted(error));
      },
    );
  }
}
