/**
 * @module functions/inference-script
 * Where the code is that a thread of inference runs: beside the bundle where the app was built, which puts the file's
 * name in place of the name below; a source of its own where the functions run from theirs.
 */
import { join } from 'node:path';

declare const PAWPRINT_INFERENCE_THREAD: string | undefined;

/** Absolute path, for a Worker. */
export function inferenceScript(): string {
  return typeof PAWPRINT_INFERENCE_THREAD === 'undefined'
    ? join(__dirname, '..', 'core', 'inference', 'worker', 'inference-thread.ts')
    : join(__dirname, PAWPRINT_INFERENCE_THREAD);
}
