/**
 * @module training/run/tensors
 * Between TensorFlow.js' variables and a checkpoint.
 */
import type { Variable } from '@tensorflow/tfjs';
import type { Checkpoint } from './checkpoint.ts';

export type Tensors = Checkpoint['tensors'];

/** Copies of the variables' numbers. */
export function readTensors(variables: ReadonlyMap<string, Variable>): Tensors {
  const entries = [...variables].map(([name, variable]) => {
    // Copied: some backends hand out their own memory, which the next step overwrites.
    const values = Float32Array.from(variable.dataSync());
    return [name, { shape: [...variable.shape] as number[], values }] as const;
  });
  return Object.fromEntries(entries);
}

/** The tensors whose names begin with `prefix`, without it. */
export function withoutPrefix(tensors: Tensors, prefix: string): Tensors {
  const own = Object.entries(tensors).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(own.map(([name, tensor]) => [name.slice(prefix.length), tensor]));
}

export function withPrefix(tensors: Tensors, prefix: string): Tensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [prefix + name, tensor]));
}
