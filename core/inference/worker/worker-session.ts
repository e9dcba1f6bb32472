/**
 * @module core/inference/worker/worker-session
 * A model in threads of its own, behind the face of a session: the event loop stays free, and a run that takes too
 * long is given up.
 *
 * It begins with one thread and opens more when runs have to wait, up to a bound; those that nobody needs any more end
 * again. A session of the starter's int8 takes some 40 MB in each thread, so an instance that is asked once in a while
 * keeps one. A run of ONNX Runtime can't be cut short, and to stop its thread would abort the process: a thread whose
 * run was given up is replaced at once, and ends by itself when the run does.
 */
import { availableParallelism } from 'node:os';
import { runOf, type Session } from '../session.ts';
import { openLane } from './lane.ts';
import { Lanes } from './lanes.ts';

/** After which a thread that isn't the only one, and has had nothing to do, ends. */
const IDLE_MS = 60_000;

export interface WorkerSessionOptions {
  /** Absolute path of `inference-thread.ts`, or of what the build made of it. */
  script: string;
  /** Most threads at once, beside those that were given up; by default one for each processor. */
  most?: number;
  /** Threads within an operator, in each of them. */
  threads?: number;
  idleMs?: number;
}

/**
 * Opens the bytes of an ONNX file in a thread. Throws {@link InvalidModelError} when ONNX Runtime can't load it or it
 * isn't a graph with `pixels` as uint8 N·H·W·3, and UnavailableError when no thread can be started.
 */
export async function openWorkerSession(
  onnx: Uint8Array,
  { script, most = availableParallelism(), threads = 1, idleMs = IDLE_MS }: WorkerSessionOptions,
): Promise<Session> {
  const shared = new SharedArrayBuffer(onnx.byteLength);
  new Uint8Array(shared).set(onnx);
  const open = () => openLane({ onnx: shared, script, threads });
  const first = await open();
  const lanes = new Lanes(first, { open, most, idleMs });
  const { height, width, outputSizes } = first;
  const runAll: Session['runAll'] = (pixels, n = 1, options = {}) => lanes.run(pixels, n, options);
  return {
    height,
    width,
    outputSizes,
    runAll,
    run: runOf(runAll),
    dispose: () => lanes.close(),
  };
}
