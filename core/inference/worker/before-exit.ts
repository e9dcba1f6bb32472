/**
 * @module core/inference/worker/before-exit
 * Lets threads out of native code before the process ends: Node.js stops them wherever they are, and inside of ONNX
 * Runtime that aborts the process instead of ending it.
 */
import { PHASE } from './protocol.ts';

/** The end of a process waits so long for runs at most. */
const LONGEST_WAIT_MS = 5_000;

const watched = new Set<Int32Array>();
let isListening = false;

export interface WatchedPhase {
  /** For the thread's `workerData`: it guards its native code by it (`guardNative`). */
  phase: SharedArrayBuffer;
  /** For when the thread has ended. */
  unwatch(): void;
}

/** Watches a thread that is about to be started. */
export function watchPhase(): WatchedPhase {
  if (!isListening) process.on('exit', closeAll);
  isListening = true;
  const phase = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const phases = new Int32Array(phase);
  watched.add(phases);
  return { phase, unwatch: () => watched.delete(phases) };
}

/** Blocks this thread until no watched one is in native code, or {@link LONGEST_WAIT_MS} have passed; none enters it again. */
export function closeAll(): void {
  const latest = performance.now() + LONGEST_WAIT_MS;
  for (const phases of watched) {
    while (Atomics.compareExchange(phases, 0, PHASE.free, PHASE.closed) === PHASE.native) {
      const left = latest - performance.now();
      if (left <= 0) return;
      Atomics.wait(phases, 0, PHASE.native, left);
    }
  }
}
