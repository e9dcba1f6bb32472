/**
 * @module scripts/contract/pictures
 * Pictures for the contract test, drawn: one in each format that is read.
 */
import { join } from 'node:path';
import sharp from 'sharp';

const FORMATS = ['jpeg', 'png', 'webp', 'avif', 'gif'] as const;
const WIDTH = 48;
const HEIGHT = 40;

/** Writes `{format}.{format}` for each format into `folder`. */
export async function drawPictures(folder: string): Promise<void> {
  const pixels = Buffer.from(Array.from({ length: WIDTH * HEIGHT * 3 }, (_, index) => (index * 37) % 251));
  const picture = sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });
  for (const format of FORMATS) {
    await picture
      .clone()
      .toFormat(format)
      .toFile(join(folder, `${format}.${format}`));
  }
}
