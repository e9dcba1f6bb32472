/**
 * @module training/scratch/pixels
 * Photographs as a network from scratch sees them: all in memory, as bytes (49 KB each at 128 pixels), and made
 * into numbers batch by batch.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mapConcurrently } from '../../core/concurrency.ts';
import { readPhotograph } from '../../core/image/read.ts';
import type { ModelInput } from '../../core/manifest.ts';
import type { Picture } from '../data/data-set.ts';
import { mirror } from '../features/views.ts';
import { quickSource } from './initial-weights.ts';

/** A picture with its pixels: height x width x 3 bytes, RGB, as serving reads them. */
export interface Example extends Picture {
  pixels: Uint8Array;
}

/** Pictures decoded at once: as many as libuv has threads. */
const AT_ONCE = 4;

/** Reads all `pictures`, in their order. */
export function readExamples(
  pictures: readonly Picture[],
  {
    root,
    input,
    onProgress,
  }: { root: string; input: ModelInput; onProgress: (done: number, total: number) => void },
): Promise<Example[]> {
  let done = 0;
  return mapConcurrently(pictures, AT_ONCE, async (picture) => {
    const { pixels } = await readPhotograph(await readFile(join(root, picture.path)), { input });
    onProgress(++done, pictures.length);
    // Copied: a small buffer of Node.js may be a window on a larger one.
    return { ...picture, pixels: Uint8Array.from(pixels) };
  });
}

/** The numbers of a batch, n·height·width·3: (pixel - mean) / std. */
export function scalePixels(pixels: readonly Uint8Array[], { scaling }: ModelInput): Float32Array {
  const tables = [0, 1, 2].map((channel) =>
    Float32Array.from(
      { length: 256 },
      (_, pixel) => (pixel - scaling.mean[channel]!) / scaling.std[channel]!,
    ),
  ) as [Float32Array, Float32Array, Float32Array];
  const [red, green, blue] = tables;
  const size = pixels[0]!.length;
  const numbers = new Float32Array(pixels.length * size);
  for (const [row, picture] of pixels.entries()) {
    for (let at = 0, to = row * size; at < size; at += 3, to += 3) {
      numbers[to] = red[picture[at]!]!;
      numbers[to + 1] = green[picture[at + 1]!]!;
      numbers[to + 2] = blue[picture[at + 2]!]!;
    }
  }
  return numbers;
}

/** A picture moves by at most this share of a side. */
const LARGEST_SHIFT = 0.1;
/** Brightness moves by at most this many of 255, and contrast by this share. */
const LARGEST_BRIGHTNESS = 25;
const LARGEST_CONTRAST = 0.2;

/** The same picture, perhaps mirrored, moved a little (edges are drawn out) and lit otherwise, as `key` decides. */
export function augmentPixels(pixels: Uint8Array, { width, height }: ModelInput, key: string): Uint8Array {
  const random = quickSource(key);
  const within = (limit: number) => limit * (2 * random() - 1);
  const source = random() < 0.5 ? mirror(pixels, width) : pixels;
  const across = Math.round(within(LARGEST_SHIFT * width));
  const down = Math.round(within(LARGEST_SHIFT * height));
  const contrast = 1 + within(LARGEST_CONTRAST);
  const brightness = within(LARGEST_BRIGHTNESS);
  // Clamped to 0 and 255 on writing.
  const light = Uint8ClampedArray.from(
    { length: 256 },
    (_, pixel) => 127.5 + contrast * (pixel - 127.5) + brightness,
  );
  const inside = (place: number, size: number) => Math.min(size - 1, Math.max(0, place));
  const moved = new Uint8Array(pixels.length);
  for (let y = 0; y < height; y++) {
    const row = inside(y + down, height) * width;
    for (let x = 0; x < width; x++) {
      const from = 3 * (row + inside(x + across, width));
      const to = 3 * (y * width + x);
      moved[to] = light[source[from]!]!;
      moved[to + 1] = light[source[from + 1]!]!;
      moved[to + 2] = light[source[from + 2]!]!;
    }
  }
  return moved;
}
