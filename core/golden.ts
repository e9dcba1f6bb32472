/**
 * @module core/golden
 * `golden.bin` and `class-means.bin`: the inputs by which a conversion is proven, the trained model's
 * answers to them, and the mean feature of each class. Numbers are little endian.
 */

import { InvalidModelError } from './errors.ts';
import { FILE, type Manifest, PRECISIONS, type Precision } from './manifest.ts';

export interface Golden {
  n: number;
  /** n·height·width·3 pixels, RGB, rows top down. */
  pixels: Uint8Array;
  /** For each precision n·C probabilities at temperature 1. */
  probabilities: Record<Precision, Float32Array>;
}

/** For each precision C rows of F numbers, each row of unit length. */
export type ClassMeans = Record<Precision, Float32Array>;

/** Bytes of `golden.bin`: the pixels, then the probabilities of float32, then those of int8. */
export function encodeGolden({ pixels, probabilities }: Golden): Uint8Array {
  return Buffer.concat([pixels, ...PRECISIONS.map((precision) => floatBytes(probabilities[precision]))]);
}

/** Reads `golden.bin`. Throws {@link InvalidModelError} when its size isn't the one that the manifest tells. */
export function decodeGolden(bytes: Uint8Array, { golden: { n, height, width, classes } }: Manifest): Golden {
  const pixelBytes = n * height * width * 3;
  const expected = pixelBytes + PRECISIONS.length * n * classes * 4;
  checkSize(FILE.golden, bytes, expected);
  return {
    n,
    pixels: bytes.subarray(0, pixelBytes),
    probabilities: floatBlocks(bytes.subarray(pixelBytes), n * classes),
  };
}

/** Bytes of `class-means.bin`: the block of float32, then that of int8. */
export function encodeClassMeans(means: ClassMeans): Uint8Array {
  return Buffer.concat(PRECISIONS.map((precision) => floatBytes(means[precision])));
}

/** Reads `class-means.bin`. Throws {@link InvalidModelError} when its size isn't the one that the manifest tells. */
export function decodeClassMeans(bytes: Uint8Array, { classMeans }: Manifest): ClassMeans {
  const length = classMeans.classes * classMeans.features;
  checkSize(FILE.classMeans, bytes, PRECISIONS.length * length * 4);
  return floatBlocks(bytes, length);
}

function floatBlocks(bytes: Uint8Array, length: number): Record<Precision, Float32Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const block = (index: number) =>
    Float32Array.from({ length }, (_, i) => view.getFloat32((index * length + i) * 4, true));
  return { float32: block(0), int8: block(1) };
}

function floatBytes(values: Float32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  values.forEach((value, i) => {
    view.setFloat32(i * 4, value, true);
  });
  return new Uint8Array(view.buffer);
}

function checkSize(path: string, bytes: Uint8Array, expected: number): void {
  if (bytes.byteLength === expected) return;
  throw new InvalidModelError(`${path} has ${bytes.byteLength} bytes; by the manifest it has ${expected}.`);
}
