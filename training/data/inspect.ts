/**
 * @module training/data/inspect
 * One decode of a picture for all that the data set wants of it: proof that it can be read, its size and
 * format, and what tells near-duplicates.
 */
import { decodePixels, type ImageInfo, openPhotograph } from '../../core/image/read.ts';
import { FINGERPRINT_SIDE, type Fingerprint, fingerprintOf } from './fingerprint.ts';

export interface Inspected {
  info: ImageInfo;
  fingerprint: Fingerprint;
}

/** Transparent pictures lie on white here, whatever the network's input has: fingerprints don't depend on a base. */
const WHITE: [number, number, number] = [255, 255, 255];

/**
 * Decodes a whole picture, through the code that training and serving read pictures with, so that all three
 * refuse the same files. The picture is squeezed into a square, not cropped: a crop of a network's size would
 * make the split depend on the base. Throws as `openPhotograph` and `decodePixels` do.
 */
export async function inspectPicture(bytes: Uint8Array): Promise<Inspected> {
  const { info, image } = await openPhotograph(bytes, { background: WHITE });
  const size = { width: FINGERPRINT_SIDE, height: FINGERPRINT_SIDE };
  const pixels = await decodePixels(image.resize({ ...size, fit: 'fill' }), { ...size, format: info.format });
  return { info, fingerprint: fingerprintOf(pixels) };
}
