/**
 * @module core/inference/worker/protocol
 * What a lane and its thread say to each other.
 */

/** What a thread is started with. */
export interface ThreadData {
  /** The ONNX file, shared: however many threads run a model, its bytes are in memory once. */
  onnx: SharedArrayBuffer;
  /** Threads within an operator. */
  threads: number;
  /** One Int32, a {@link PHASE}. */
  phase: SharedArrayBuffer;
}

/**
 * Whether the thread is in native code. A thread that is stopped there takes the whole process with it: the binding of
 * onnxruntime-node (1.30) throws what nobody can catch, "terminate called after throwing an instance of 'Napi::Error'".
 */
export const PHASE = {
  /** In no native code: may be stopped. */
  free: 0,
  native: 1,
  /** The process ends: no native code is begun any more. */
  closed: 2,
} as const;

export type Request = { pixels: Uint8Array; n: number } | 'end';

/** What a session tells of itself when it is open. */
export interface Opened {
  height: number;
  width: number;
  outputSizes: Readonly<Record<string, number>>;
}

/** `isInvalidModel` where the model is at fault, and not the thread. */
export interface Fault {
  fault: string;
  isInvalidModel: boolean;
}

export type Reply = { opened: Opened } | { outputs: Record<string, Float32Array> } | Fault;
