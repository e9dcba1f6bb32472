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
  return async (work) => {
    if (Atomics.compareExchange(phases, 0, PHASE.free, PHASE.native) !== PHASE.free) {
      await new Promise<never>(() => {});
    }
    try {
      return await work();
    } finally {
      Atomics.store(phases, 0, PHASE.free);
      Atomics.notify(phases, 0);
    }
  };
}
