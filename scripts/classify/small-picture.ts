/**
 * @module scripts/classify/small-picture
 * Smaller pictures of a photograph: to send, where the service wouldn't take it as it is, and to look at.
 */
import sharp from 'sharp';
import type { Picture } from '../../clients/typescript/index.ts';

/** What the service takes as it is. */
const MOST_BYTES = 10 * 1024 * 1024;
/** Pixels on the longer side: the network looks at far fewer. */
const SENT_SIDE = 1024;
const THUMBNAIL_SIDE = 320;

/**
 * A photograph of more than 10 MB as a JPEG of at most 1,024 pixels; any other, and one that can't be opened here, comes
 * back as it is: smaller ones are answered for as they are.
 */
export async function shrinkToSend(picture: Picture): Promise<Picture> {
  if (!(picture instanceof Uint8Array) || picture.byteLength <= MOST_BYTES) return picture;
  const smaller = await redraw(picture, { side: SENT_SIDE, quality: 92 });
  return smaller === undefined ? picture : new Uint8Array(smaller);
}

/** A JPEG to look at, of at most 320 pixels on the longer side; undefined for what can't be opened here. */
export function makeThumbnail(bytes: Uint8Array): Promise<Buffer | undefined> {
  return redraw(bytes, { side: THUMBNAIL_SIDE, quality: 75 });
}

async function redraw(
  bytes: Uint8Array,
  { side, quality }: { side: number; quality: number },
): Promise<Buffer | undefined> {
  try {
    return await sharp(bytes, { autoOrient: true })
      .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#fff' })
      .jpeg({ quality })
      .timeout({ seconds: 30 })
      .toBuffer();
  } catch {
    return undefined;
  }
}
