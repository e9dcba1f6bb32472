/**
 * @module tests/helpers/pictures
 * Pictures for tests, drawn when asked for: sound ones here, odd and damaged ones made of their bytes.
 */
import { crc32, deflateSync } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';

export type Colour = readonly [r: number, g: number, b: number];

interface Size {
  width: number;
  height: number;
}

/** RGB, rows top down: a brown animal's head with ears and eyes before a green and blue ground. */
export function drawPet({ width, height }: Size): Buffer {
  const pixels = Buffer.alloc(width * height * 3);
  let offset = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (const value of colourOfPet(x / width, y / height)) pixels[offset++] = value;
    }
  }
  return pixels;
}

/** The colour at a place, both from 0 to 1. Not symmetric, so a picture that is turned or mirrored shows it. */
function colourOfPet(x: number, y: number): Colour {
  if (isWithin(x, y, 0.4, 0.5, 0.03, 0.05) || isWithin(x, y, 0.6, 0.48, 0.03, 0.05)) return [20, 20, 25];
  if (isWithin(x, y, 0.52, 0.62, 0.05, 0.03)) return [190, 90, 100];
  const stripe = 18 * Math.sin(40 * x + 12 * y);
  const isEar = isWithin(x, y, 0.33, 0.28, 0.08, 0.16) || isWithin(x, y, 0.68, 0.3, 0.08, 0.14);
  if (isEar || isWithin(x, y, 0.5, 0.55, 0.25, 0.28)) return [165 + stripe, 115 + stripe, 70 + stripe];
  return y > 0.7 ? [60, 130 + stripe, 55] : [120, 160, 200 - 60 * x];
}

/** Whether a place is within an ellipse, given by centre and radii. */
function isWithin(x: number, y: number, cx: number, cy: number, rx: number, ry: number): boolean {
  return ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 < 1;
}

/** The drawn pet as a sharp image, to be written in whatever format a test wants. */
export function pet({ width, height }: Size = { width: 640, height: 480 }): Sharp {
  return sharp(drawPet({ width, height }), { raw: { width, height, channels: 3 } });
}

/** The drawn pet as a baseline JPEG. */
export function petJpeg(size?: Size): Promise<Buffer> {
  return pet(size).jpeg({ quality: 92 }).toBuffer();
}

/** A picture of one colour. */
export function plain(colour: Colour, { width, height }: Size): Sharp {
  const pixels = Buffer.alloc(width * height * 3, Buffer.from(colour));
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

/** Black, with a red square of 10 at the top left of the stored rows, and an EXIF orientation (case 6). */
export function orientedCorner(orientation: number): Promise<Buffer> {
  const [width, height] = [40, 20];
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0; y < 10; y++) for (let x = 0; x < 10; x++) pixels[(y * width + x) * 3] = 255;
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .withMetadata({ orientation })
    .png()
    .toBuffer();
}

/** The drawn pet, stored so that its EXIF orientation turns it upright again (case 84). */
export async function petStoredAs(orientation: number, size: Size, format: 'png' | 'jpeg'): Promise<Buffer> {
  // What undoes each orientation. sharp mirrors before it turns, in whatever order it is asked.
  const turned = pet(size);
  if (orientation === 2) turned.flop();
  if (orientation === 3) turned.rotate(180);
  if (orientation === 4) turned.flip();
  if (orientation === 5) turned.rotate(270).flop();
  if (orientation === 6) turned.rotate(270);
  if (orientation === 7) turned.rotate(90).flop();
  if (orientation === 8) turned.rotate(90);
  const stored = await turned.png().toBuffer();
  return sharp(stored).withMetadata({ orientation })[format]().toBuffer();
}

/** `frames` frames of one colour each (case 13). */
export function animation(colours: readonly Colour[], { width, height }: Size, format: 'gif' | 'webp') {
  const pixels = Buffer.concat(
    colours.map((colour) => Buffer.alloc(width * height * 3, Buffer.from(colour))),
  );
  const raw = { width, height: height * colours.length, channels: 3 as const, pageHeight: height };
  return sharp(pixels, { raw })[format]({ loop: 0 }).toBuffer();
}

/** A GIF whose one frame is repeated, without its pixels ever being in memory (case 13). */
export async function longGif(frames: number, size: Size): Promise<Buffer> {
  const one = await plain([200, 40, 40], size).gif().toBuffer();
  const tableBytes = one[10]! & 0x80 ? 3 * 2 ** ((one[10]! & 7) + 1) : 0;
  const head = one.subarray(0, 13 + tableBytes);
  const frame = one.subarray(13 + tableBytes, -1);
  return Buffer.concat([head, ...new Array<Buffer>(frames).fill(frame), Buffer.from([0x3b])]);
}

export interface PngOptions extends Size {
  bitDepth: 1 | 2 | 4 | 8 | 16;
  /** 0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGB with alpha. */
  colourType: 0 | 2 | 3 | 4 | 6;
  /** The bytes of each row, repeated for all rows. */
  row: Buffer;
  /** PLTE, tRNS and the like, in order. */
  chunks?: readonly (readonly [type: string, content: Buffer])[];
}

/** A PNG of any kind, from one row (cases 11, 12 and 15). */
export function png({ width, height, bitDepth, colourType, row, chunks = [] }: PngOptions): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([bitDepth, colourType], 8);
  const filtered = Buffer.concat([Buffer.of(0), row]);
  const rows = Buffer.alloc(filtered.length * height, filtered);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    pngChunk('IHDR', header),
    ...chunks.map(([type, content]) => pngChunk(type, content)),
    pngChunk('IDAT', deflateSync(rows, { level: 6 })),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

function pngChunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  checksum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, checksum]);
}

/** Black and white pixels by turns, `side` x `side` (case 80). */
export function checkerboard(side: number): Promise<Buffer> {
  const pixels = Buffer.alloc(side * side);
  for (let y = 0; y < side; y++) for (let x = 0; x < side; x++) pixels[y * side + x] = ((x + y) % 2) * 255;
  return sharp(pixels, { raw: { width: side, height: side, channels: 1 } })
    .png()
    .toBuffer();
}

/** The `ftyp` box that a HEIF file begins with, and zeros (case 4). */
export function heifHeader(major: string, compatible: readonly string[]): Buffer {
  const brands = Buffer.from(`ftyp${major}\0\0\0\0${compatible.join('')}`, 'latin1');
  const size = Buffer.alloc(4);
  size.writeUInt32BE(brands.length + 4);
  return Buffer.concat([size, brands, Buffer.alloc(64)]);
}

/** Puts bytes before the first marker of a code: 18 zeros before 0xdb is case 1. */
export function insertBefore(jpeg: Buffer, code: number, bytes: Uint8Array): Buffer {
  const offset = jpeg.indexOf(Buffer.of(0xff, code));
  return Buffer.concat([jpeg.subarray(0, offset), bytes, jpeg.subarray(offset)]);
}

/** The scan parameters that Samsung phones write: 00 00 00 for 00 3F 00 (case 2). */
export function withSamsungScan(jpeg: Buffer): Buffer {
  const patched = Buffer.from(jpeg);
  const scan = patched.indexOf(Buffer.of(0xff, 0xda));
  patched.fill(0, scan + 2 + patched.readUInt16BE(scan + 2) - 3, scan + 2 + patched.readUInt16BE(scan + 2));
  return patched;
}

/** A JPEG segment: marker, length, content. */
export function segment(code: number, content: Uint8Array): Buffer {
  const head = Buffer.of(0xff, code, 0, 0);
  head.writeUInt16BE(content.length + 2, 2);
  return Buffer.concat([head, content]);
}

/** Cuts the first segment of a code out: 0xee is Adobe's (case 10). */
export function withoutSegment(jpeg: Buffer, code: number): Buffer {
  const offset = jpeg.indexOf(Buffer.of(0xff, code));
  return Buffer.concat([jpeg.subarray(0, offset), jpeg.subarray(offset + 2 + jpeg.readUInt16BE(offset + 2))]);
}

/** An Exif segment whose orientation may be anything (case 8). `type` is 3 for SHORT, 4 for LONG. */
export function exifSegment(type: 3 | 4, count: number, value: number): Buffer {
  const exif = Buffer.from('Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\0\0\0\0\0\0\0\0\0\0\0\0\0', 'latin1');
  exif.writeUInt16BE(type, 18);
  exif.writeUInt32BE(count, 20);
  if (type === 3) exif.writeUInt16BE(value, 24);
  else exif.writeUInt32BE(value, 24);
  return segment(0xe1, exif);
}

/**
 * A grey JPEG of eight intervals of eight blocks with restart markers, written bit by bit, for sharp writes
 * none. Cut, its end marker stands where the last restart is due (case 3c).
 */
export function restartJpeg({ cut = false } = {}): Buffer {
  const frame = Buffer.from([8, 0, 64, 0, 64, 1, 1, 0x11, 0]);
  // Two Huffman tables with codes of one and two bits: DC sizes 0 and 4, AC end of block.
  const dc = Buffer.from([0x00, 1, 1, ...new Array(14).fill(0), 0, 4]);
  const ac = Buffer.from([0x10, 1, ...new Array(15).fill(0), 0]);
  const intervals: Buffer[] = [];
  for (let index = 0; index < 8; index++) {
    // First block: DC size 4 (10), difference 8 (1000), end of block (0); seven of no difference (0 0).
    const bits = `1010000${'00'.repeat(7)}`.padEnd(24, '1');
    const data = Buffer.from(bits.match(/.{8}/g)!.map((byte) => Number.parseInt(byte, 2)));
    intervals.push(data.at(-1) === 0xff ? Buffer.concat([data, Buffer.of(0)]) : data);
    if (index < 7) intervals.push(Buffer.of(0xff, 0xd0 + index));
  }
  return Buffer.concat([
    Buffer.of(0xff, 0xd8),
    segment(0xdb, Buffer.concat([Buffer.of(0), Buffer.alloc(64, 16)])),
    segment(0xc0, frame),
    segment(0xc4, dc),
    segment(0xc4, ac),
    segment(0xdd, Buffer.of(0, 8)),
    segment(0xda, Buffer.of(1, 1, 0, 0, 63, 0)),
    ...(cut ? intervals.slice(0, -2) : intervals),
    Buffer.of(0xff, 0xd9),
  ]);
}

/** A progressive JPEG whose first scan, that of the means, stands there `times` times more (case 16). */
export async function manyScans(size: Size, times: number): Promise<Buffer> {
  const jpeg = await pet(size).jpeg({ progressive: true }).toBuffer();
  const begin = jpeg.indexOf(Buffer.of(0xff, 0xda));
  const end = jpeg.indexOf(Buffer.of(0xff, 0xc4), begin);
  const repeated = new Array<Buffer>(times).fill(jpeg.subarray(begin, end));
  return Buffer.concat([jpeg.subarray(0, end), ...repeated, jpeg.subarray(end)]);
}
