/**
 * @module training/container/probe-engine
 * Tells, as one line of JSON, which engine there is and whether it computes on a GPU. A process of its own: a library that
 * doesn't fit the driver ends it, and memory of the GPU that it takes is free again when it ends.
 *
 *     node training/container/probe-engine.ts auto [--strict]     strict: fails where it doesn't compute
 */
import { join } from 'node:path';
import type { Rank } from '@tensorflow/tfjs';
import { messageOf } from '../../core/errors.ts';
import { type EngineName, loadEngine } from '../engine.ts';

export interface EngineReport {
  description: string;
  isGpu: boolean;
  /** Why it doesn't compute. */
  fault: string | null;
}

const wanted = (process.argv[2] ?? 'auto') as EngineName | 'auto';
let report: EngineReport;
try {
  const { tf, description } = await loadEngine(wanted, { root: join(import.meta.dirname, '..', '..') });
  const backend = tf.backend() as { isUsingGpuDevice?: boolean };
  // A convolution needs cuDNN, a product of matrices cuBLAS: each is loaded when it is first asked for.
  const image = tf.ones<Rank.R4>([1, 4, 4, 1]);
  const windows = tf.conv2d(image, tf.ones<Rank.R4>([2, 2, 1, 1]), 1, 'valid').dataSync();
  const product = tf.matMul([[1, 2]], [[3], [4]]).dataSync();
  const isRight = windows.every((value) => value === 4) && windows.length === 9 && product[0] === 11;
  const fault = isRight ? null : `it computes wrongly: ${windows.join()} and ${product.join()}`;
  report = { description, isGpu: backend.isUsingGpuDevice === true, fault };
} catch (error) {
  report = { description: 'engine: none', isGpu: false, fault: messageOf(error) };
}
console.log(JSON.stringify(report));
if (process.argv.includes('--strict') && report.fault !== null) process.exitCode = 1;
