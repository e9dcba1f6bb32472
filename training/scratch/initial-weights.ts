/**
 * @module training/scratch/initial-weights
 * Random weights that the seed decides, the same on every engine.
 */
import { createHash } from 'node:crypto';
import type { Weight } from '../network/network.ts';

/**
 * A kernel whose last axis counts the outputs, drawn evenly from -limit to limit, limit = sqrt(6 / inputs of one
 * output): before a ReLU, values then neither grow nor die out from layer to layer (He et al., "Delving Deep into
 * Rectifiers", 2015).
 */
export function drawWeights(name: string, shape: number[], seed: number): Weight {
  const length = shape.reduce((a, b) => a * b, 1);
  const limit = Math.sqrt((6 * shape.at(-1)!) / length);
  const random = quickSource(`weights:${seed}:${name}`);
  return { name, shape, values: Float32Array.from({ length }, () => limit * (2 * random() - 1)) };
}

/**
 * Numbers from 0 to below 1: Chris Doty-Humphrey's sfc32, which passes PractRand, started from a hash of `key`. A
 * dense layer has millions of weights, and a hash for each would take ten seconds.
 */
export function quickSource(key: string): () => number {
  const digest = createHash('sha256').update(key).digest();
  let [a, b, c, counter] = [0, 4, 8, 12].map((at) => digest.readInt32LE(at)) as [
    number,
    number,
    number,
    number,
  ];
  return () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
}
