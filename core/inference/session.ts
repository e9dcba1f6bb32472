/**
 * @module core/inference/session
 * ONNX Runtime behind one small face: pixels in, logits and features out. Training, convert, register and
 * classify all run models through it, so that what was measured is what serves.
 */
import { availableParallelism } from 'node:os';
import { InvalidModelError, messageOf } from '../errors.ts';

/** The outputs for n pictures: `logits` n·C (empty for a base without a classifier), `features` n·F. */
export interface Outputs {
  logits: Float32Array;
  features: Float32Array;
}

/** What a session in a thread of its own can do beside; one that runs in the caller's thread passes them over. */
export interface RunOptions {
  /** When it is aborted, the run is given up: it rejects at once, with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Gets what resolves when a run that was given up has truly ended: until then it takes a processor. */
  onAbandoned?: ((ended: Promise<void>) => void) | undefined;
}

export interface Session {
  readonly height: number;
  readonly width: number;
  /** Numbers for one picture in each output that has a fixed size: `logits` C, `features` F. */
  readonly outputSizes: Readonly<Record<string, number>>;
  /** Answers for `n` pictures; `pixels` holds n·height·width·3 bytes, RGB, rows top down. */
  run(pixels: Uint8Array, n?: number, options?: RunOptions): Promise<Outputs>;
  /** All outputs by name, for graphs with more than logits and features. */
  runAll(pixels: Uint8Array, n?: number, options?: RunOptions): Promise<Record<string, Float32Array>>;
  /** Frees the native memory, after the last run. */
  dispose(): Promise<void>;
}

export interface SessionOptions {
  /** Threads within an operator. Given explicitly: by itself ONNX Runtime sizes its pool by the host's processors and pins threads to them, which fails under a CPU limit. */
  threads?: number;
}

/**
 * Loads the bytes of an ONNX file. Throws {@link InvalidModelError} when ONNX Runtime can't load it or it
 * isn't a graph with `pixels` as uint8 N·H·W·3.
 */
export async function loadSession(
  onnx: Uint8Array,
  { threads = availableParallelism() }: SessionOptions = {},
): Promise<Session> {
  // Loaded at first use: an app's initialisation on Azure has 30 seconds and shouldn't need any of them.
  const { InferenceSession, Tensor } = await import('onnxruntime-node');
  const native = await InferenceSession.create(onnx, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    logSeverityLevel: 3,
    // Threads that wait don't spin. Spinning they took the processors from all else: of two sessions used in turn
    // (two processors, EfficientNet-Lite2) int8 took 1.21 of float32's time, without it .50, and decoding half.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  }).catch((error: unknown) => {
    throw new InvalidModelError(`ONNX Runtime can't load the model: ${messageOf(error)}`, { cause: error });
  });
  const input = native.inputMetadata[0];
  const shape = input?.isTensor ? input.shape : [];
  const [, height, width, channels] = shape;
  const takesPixels =
    native.inputNames[0] === 'pixels' && input?.isTensor && input.type === 'uint8' && channels === 3;
  if (!takesPixels || typeof height !== 'number' || typeof width !== 'number') {
    await native.release();
    throw new InvalidModelError("The model's input is not `pixels`, uint8 [N, height, width, 3].");
  }

  const runAll = async (pixels: Uint8Array, n = 1) => {
    const outputs = await native.run({ pixels: new Tensor('uint8', pixels, [n, height, width, 3]) });
    const entries = Object.entries(outputs).map(([name, tensor]) => [name, tensor.data as Float32Array]);
    return Object.fromEntries(entries) as Record<string, Float32Array>;
  };
  const sizes = native.outputMetadata.map((output) => [
    output.name,
    output.isTensor ? output.shape[1] : undefined,
  ]);
  return {
    height,
    width,
    outputSizes: Object.fromEntries(sizes.filter(([, size]) => typeof size === 'number')),
    runAll,
    run: runOf(runAll),
    dispose: () => native.release(),
  };
}

/** {@link Session.run} of a session that answers by `runAll`. */
export function runOf(runAll: Session['runAll']): Session['run'] {
  return async (pixels, n = 1, options = {}) => {
    const { logits = new Float32Array(), features = new Float32Array() } = await runAll(pixels, n, options);
    return { logits, features };
  };
}
