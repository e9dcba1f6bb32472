/**
 * @module core/inference/worker/native
 * What a thread does around each piece of native code, so that the process can end without stopping it inside of one.
 */
import { PHASE } from './protocol.ts';

/** Runs native code, unless the process is about to end: then it waits for that. */
export type Native = <T>(work: () => Promise<T>) => Promise<T>;

/** `phase` is the memory that the main thread watches by `watchPhase`: one Int32, a {@link PHASE}. */
export function guardNative(phase: SharedArrayBuffer): Native {
  const phases = new Int32Array(phase);
  // A request may come while the one before it is inside.
  let inside = 0;
  return async (work) => {
    if (inside === 0 && Atomics.compareExchange(phases, 0, PHASE.free, PHASE.native) !== PHASE.free) {
      await new Promise<never>(() => {});
    }
    inside += 1;
    try {
      return await work();
    } finally {
      inside -= 1;
      if (inside === 0) leave();
    }
  };

  function leave(): void {
    Atomics.store(phases, 0, PHASE.free);
    Atomics.notify(phases, 0);
  }
}
