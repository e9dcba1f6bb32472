/**
 * @module tests/helpers/drawn-photographs
 * A folder of pictures that training takes: breeds that differ in the colour of a disc on a noisy ground.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { randomSource } from '../../training/random.ts';

export const DRAWN_BREEDS = {
  Red_Cat: [220, 40, 40],
  Green_Cat: [40, 190, 60],
  blue_dog: [40, 70, 220],
} as const;

/** Writes `count` JPEGs of each breed into `folder/<breed>/`. */
export async function writeDrawnPhotographs(
  folder: string,
  { count = 12 }: { count?: number } = {},
): Promise<void> {
  for (const [breed, colour] of Object.entries(DRAWN_BREEDS)) {
    mkdirSync(join(folder, breed), { recursive: true });
    for (let i = 1; i <= count; i++) {
      writeFileSync(join(folder, breed, `${breed}_${i}.jpg`), await drawPhotograph(colour, `${breed} ${i}`));
    }
  }
}

/** A JPEG of 60 x 48 pixels: a disc of `colour` on grey noise. */
export async function drawPhotograph(colour: readonly number[], key: string): Promise<Buffer> {
  const [width, height] = [60, 48];
  const random = randomSource(key);
  const [x, y, radius] = [20 + 20 * random(), 16 + 16 * random(), 12 + 8 * random()];
  const pixels = Buffer.alloc(width * height * 3);
  for (let i = 0; i < width * height; i++) {
    const isDisc = ((i % width) - x) ** 2 + (Math.floor(i / width) - y) ** 2 < radius ** 2;
    for (let c = 0; c < 3; c++) pixels[i * 3 + c] = (isDisc ? colour[c]! : 128) + 30 * (random() - 0.5);
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 90 })
    .toBuffer();
}
