/**
 * @module training/fine-tune/augment
 * A fresh view of a photograph for each epoch: a random crop, mirrored half of the time, in a slightly other light.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelInput } from '../../core/manifest.ts';
import type { Picture } from '../data/data-set.ts';
import { readViews } from '../features/views.ts';
import { randomSource } from '../random.ts';

export interface AugmentOptions {
  root: string;
  input: ModelInput;
  /** Smallest area of a crop, as a share. */
  cropArea: number;
  /** Brightness, contrast and saturation are multiplied by 1 - jitter to 1 + jitter. */
  jitter: number;
  /** Decides the view, with the picture's hash. */
  key: string;
}

/** Pixels of a random view: height x width x 3 bytes, RGB, rows top down. */
export async function readRandomView(
  picture: Picture,
  { root, input, cropArea, jitter, key }: AugmentOptions,
): Promise<Uint8Array> {
  const bytes = await readFile(join(root, picture.path));
  const { sha256 } = picture;
  const [pixels] = await readViews(bytes, { views: [`crop-${cropArea}-${key}`], input, sha256 });
  return jitter === 0 ? pixels! : jitterLight(pixels!, drawLight(jitter, `light:${key}:${sha256}`));
}

export interface Light {
  brightness: number;
  contrast: number;
  saturation: number;
}

export function drawLight(jitter: number, key: string): Light {
  const random = randomSource(key);
  const factor = () => 1 + jitter * (2 * random() - 1);
  return { brightness: factor(), contrast: factor(), saturation: factor() };
}

/** Luma of ITU-R BT.601. */
const LUMA = [0.299, 0.587, 0.114] as const;

/**
 * The pixels in another light: all multiplied by `brightness`, then their distance from the picture's mean
 * luma by `contrast`, then their distance from their own luma by `saturation`. 1 changes nothing.
 */
export function jitterLight(pixels: Uint8Array, { brightness, contrast, saturation }: Light): Uint8Array {
  const lumaAt = (i: number) => LUMA[0] * pixels[i]! + LUMA[1] * pixels[i + 1]! + LUMA[2] * pixels[i + 2]!;
  let sum = 0;
  for (let i = 0; i < pixels.length; i += 3) sum += lumaAt(i);
  const mean = (3 * sum) / pixels.length;
  const shift = brightness * (1 - contrast) * mean;
  const changed = new Uint8ClampedArray(pixels.length);
  for (let i = 0; i < pixels.length; i += 3) {
    const luma = lumaAt(i);
    for (let c = 0; c < 3; c++) {
      const coloured = luma + saturation * (pixels[i + c]! - luma);
      changed[i + c] = brightness * contrast * coloured + shift;
    }
  }
  return new Uint8Array(changed.buffer);
}
