/**
 * @module clients/typescript/clock
 * Pauses and time limits that the caller's AbortSignal cuts short. AbortSignal.any, AbortSignal.timeout and
 * throwIfAborted are not used: React Native and phones of three years ago don't have them.
 */

/** What a signal was aborted with; React Native keeps no reason. */
export function reasonOf(signal: AbortSignal): unknown {
  return signal.reason ?? Object.assign(new Error('The call was cancelled.'), { name: 'AbortError' });
}

/** Resolves after `ms`. Throws the reason of `signal` when that comes first. */
export function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(reasonOf(signal));
    const end = () => {
      clearTimeout(timer);
      reject(reasonOf(signal!));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', end);
      resolve();
    }, ms);
    signal?.addEventListener('abort', end, { once: true });
  });
}

/** What `work` comes to. Throws the reason of `signal` when that comes first; the work itself goes on. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => reject(reasonOf(signal));
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', end));
  });
}

export interface Limit {
  /** Aborted when the time is over or the caller cancels. */
  signal: AbortSignal;
  /** Whether it was the time. */
  isOver(): boolean;
  /** Stops the clock. */
  clear(): void;
}

/** A signal that is aborted after `ms`, or with the caller's. */
export function limit(ms: number, outer: AbortSignal | undefined): Limit {
  const inner = new AbortController();
  let over = false;
  const end = () => inner.abort();
  const timer = setTimeout(() => {
    over = true;
    inner.abort();
  }, ms);
  if (outer?.aborted) inner.abort();
  outer?.addEventListener('abort', end, { once: true });
  return {
    signal: inner.signal,
    isOver: () => over,
    clear() {
      clearTimeout(timer);
      outer?.removeEventListener('abort', end);
    },
  };
}
