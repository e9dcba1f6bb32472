/**
 * @module core/feedback/picture
 * A photograph as it is kept: what the camera wrote beside the picture (place, time, owner) is gone.
 */

import { openPhotograph } from '../image/open.ts';
import { decodingFault } from '../image/refuse.ts';

/** Longer side, in pixels: several times what any network here sees. */
const LONGEST_SIDE = 1024;
const QUALITY = 90;
/** White, as transparent pixels are shown to a network. */
const BACKGROUND: [number, number, number] = [255, 255, 255];

export interface KeptPicture {
  /** A JPEG without metadata: upright, sRGB. */
  jpeg: Buffer;
  width: number;
  height: number;
}

/**
 * Encodes a photograph anew, no larger than 1,024 pixels on the longer side. Nothing of the file is copied: EXIF, XMP,
 * embedded previews and what lies behind the end of the picture don't get in. Throws what openPhotograph throws, and
 * DeadlineError when it takes longer than `timeoutSeconds`.
 */
export async function reencodePicture(
  bytes: Uint8Array,
  { timeoutSeconds }: { timeoutSeconds?: number } = {},
): Promise<KeptPicture> {
  const { image, info } = await openPhotograph(bytes, { background: BACKGROUND, timeoutSeconds });
  const side = LONGEST_SIDE;
  const { data, info: kept } = await image
    .resize({ width: side, height: side, fit: 'inside', withoutEnlargement: true })
    .jpeg({ quality: QUALITY })
    .toBuffer({ resolveWithObject: true })
    .catch((error: unknown) => {
      throw decodingFault(error, info.format);
    });
  return { jpeg: data, width: kept.width, height: kept.height };
}
