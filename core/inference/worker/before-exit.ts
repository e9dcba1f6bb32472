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

/** Watches a thread by its phase. Returns what ends that, for when the thread has ended. */
export function watchPhase(phases: Int32Array): () => void {
  if (!isListening) process.on('exit', closeAll);
  isListening = true;
  watched.add(phases);
  return () => watched.delete(phases);
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
