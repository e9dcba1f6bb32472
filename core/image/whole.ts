/**
 * @module core/image/whole
 * Tells whether a JPEG or PNG ends where its structure says. JPEG and PNG are decoded row by row, and rows
 * below the central crop are never asked for: without this, half an upload would pass or fail depending on
 * the shape of the picture. The other formats are decoded whole, where the decoder itself notices.
 */
import type { PictureFormat } from './sniff.ts';

/** False when the end is missing. Says nothing about damage in the middle: that is the decoder's. */
export function isWhole(bytes: Uint8Array, format: PictureFormat): boolean {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (format === 'jpeg') return jpegReachesItsEnd(buffer);
  if (format === 'png') return pngReachesItsEnd(buffer);
  return true;
}

const MARKER = 0xff;
const END_OF_IMAGE = 0xd9;

/** Markers that stand alone: 0 is a stuffed byte of the entropy-coded data, 01 TEM, D0 to D8 restarts and SOI. */
function standsAlone(code: number): boolean {
  return code === 0 || code === 0x01 || (code >= 0xd0 && code <= 0xd8);
}

/**
 * Walks the segments (ITU T.81, B.1.1) to the first end-of-image marker that isn't inside one. Bytes between
 * segments are skipped, as libjpeg does: phones write such files. What follows the end doesn't matter
 * (gain maps, films). A megabyte takes less than a millisecond.
 */
function jpegReachesItsEnd(buffer: Buffer): boolean {
  let offset = 2;
  while (true) {
    const marker = buffer.indexOf(MARKER, offset);
    if (marker < 0 || marker + 1 >= buffer.length) return false;
    const code = buffer[marker + 1]!;
    if (code === END_OF_IMAGE) return true;
    if (code === MARKER) {
      offset = marker + 1; // a fill byte: the next may begin the marker
    } else if (standsAlone(code)) {
      offset = marker + 2;
    } else {
      if (marker + 4 > buffer.length) return false;
      offset = marker + 2 + buffer.readUInt16BE(marker + 2);
    }
  }
}

/** Walks the chunks: length, type, data, checksum (PNG, third edition, 5.3) to IEND. */
function pngReachesItsEnd(buffer: Buffer): boolean {
  let offset = 8;
  while (offset + 8 <= buffer.length) {
    if (buffer.toString('latin1', offset + 4, offset + 8) === 'IEND') return true;
    offset += 12 + buffer.readUInt32BE(offset);
  }
  return false;
}
