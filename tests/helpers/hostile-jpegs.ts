/**
 * @module tests/helpers/hostile-jpegs
 * JPEGs that are odd, illegal, or larger than they look.
 */
import type { HostileInput } from './hostile-inputs.ts';
import {
  exifSegment,
  insertBefore,
  manyScans,
  pet,
  petStoredAs,
  plain,
  restartJpeg,
  segment,
  withoutSegment,
  withSamsungScan,
} from './pictures.ts';

const SIZE = { width: 64, height: 48 };

/** A JPEG of 258 bytes whose header says `width` x `height`: nothing but the tables, a frame and an empty scan. */
export function tinyJpeg(width: number, height: number): Buffer {
  const frame = Buffer.from([8, 0, 0, 0, 0, 1, 1, 0x11, 0]);
  frame.writeUInt16BE(height, 1);
  frame.writeUInt16BE(width, 3);
  const parts = [
    Buffer.of(0xff, 0xd8),
    segment(0xdb, Buffer.concat([Buffer.of(0), Buffer.alloc(64, 16)])),
    segment(0xc0, frame),
    segment(0xc4, Buffer.from([0x00, 1, 1, ...new Array(14).fill(0), 0, 4])),
    segment(0xc4, Buffer.from([0x10, 1, ...new Array(15).fill(0), 0])),
    segment(0xda, Buffer.of(1, 1, 0, 0, 63, 0)),
    Buffer.of(0xa0, 0xff, 0xd9),
  ];
  const bytes = Buffer.concat(parts).length;
  // A comment fills it up.
  return Buffer.concat([parts[0]!, segment(0xfe, Buffer.alloc(258 - bytes - 4)), ...parts.slice(1)]);
}

/** Overwrites bytes after the first marker of a code; `at` counts from the marker. */
function patched(jpeg: Buffer, code: number, at: number, bytes: readonly number[]): Buffer {
  const copy = Buffer.from(jpeg);
  copy.set(bytes, jpeg.indexOf(Buffer.of(0xff, code)) + at);
  return copy;
}

export async function hostileJpegs(): Promise<HostileInput[]> {
  const jpeg = await pet(SIZE).jpeg({ quality: 80 }).toBuffer();
  const progressive = await pet(SIZE).jpeg({ progressive: true }).toBuffer();
  const cmyk = await pet(SIZE).toColourspace('cmyk').jpeg().toBuffer();
  const small = await plain([90, 90, 90], { width: 16, height: 16 }).jpeg().toBuffer();
  const behindStart = (...parts: Uint8Array[]) =>
    Buffer.concat([jpeg.subarray(0, 2), ...parts, jpeg.subarray(2)]);
  const named: Record<string, readonly [body: Uint8Array, status?: number]> = {
    '258 bytes that claim 64,000 x 64,000': [tinyJpeg(64_000, 64_000), 413],
    // More than libjpeg takes: it refuses the header itself.
    '258 bytes that claim 65,535 x 65,535': [tinyJpeg(65_535, 65_535), 413],
    '258 bytes that claim 7,072 x 7,072': [tinyJpeg(7072, 7072), 413],
    '258 bytes that claim 65,535 x 1': [tinyJpeg(65_535, 1)],
    'zero width': [tinyJpeg(0, 48), 422],
    'zero height': [patched(jpeg, 0xc0, 5, [0, 0])],
    '12-bit precision': [patched(jpeg, 0xc0, 4, [12]), 422],
    lossless: [patched(jpeg, 0xc0, 1, [0xc3]), 422],
    arithmetic: [patched(jpeg, 0xc0, 1, [0xc9])],
    'two components': [patched(jpeg, 0xc0, 9, [2]), 422],
    'no components': [patched(jpeg, 0xc0, 9, [0]), 422],
    'a sampling of 15 x 15': [patched(jpeg, 0xc0, 11, [0xff]), 422],
    'a sampling of zero': [patched(jpeg, 0xc0, 11, [0]), 422],
    'no quantization table': [withoutSegment(withoutSegment(jpeg, 0xdb), 0xdb), 422],
    'no Huffman table': [withoutSegment(withoutSegment(jpeg, 0xc4), 0xc4)],
    'no frame': [withoutSegment(jpeg, 0xc0), 422],
    'nothing between start and end': [Buffer.of(0xff, 0xd8, 0xff, 0xd9), 422],
    'two starts': [Buffer.concat([jpeg.subarray(0, 2), jpeg])],
    'a segment longer than the file': [behindStart(Buffer.of(0xff, 0xe1, 0xff, 0xff)), 422],
    'a segment of length zero': [behindStart(Buffer.of(0xff, 0xe1, 0, 0))],
    'a thousand fill bytes': [behindStart(Buffer.alloc(1000, 0xff)), 200],
    'stray bytes before a marker': [insertBefore(jpeg, 0xdb, Buffer.alloc(18)), 200],
    "Samsung's scan": [withSamsungScan(jpeg), 200],
    'restart markers, one interval missing': [restartJpeg({ cut: true })],
    '200,000 empty segments': [behindStart(Buffer.alloc(800_000, Buffer.of(0xff, 0xed, 0, 2)))],
    '300 comments of 64 kB would be too many bytes': [
      behindStart(...new Array(165).fill(segment(0xfe, Buffer.alloc(65_000)))),
      413,
    ],
    'a profile of rubbish': [
      behindStart(segment(0xe2, Buffer.from('ICC_PROFILE\0\x01\x01rubbish', 'latin1'))),
    ],
    'a profile in 255 parts, all but one missing': [
      behindStart(segment(0xe2, Buffer.from('ICC_PROFILE\0\x01\xffrubbish', 'latin1'))),
    ],
    'an Exif segment of 8 bytes': [behindStart(segment(0xe1, Buffer.from('Exif\0\0MM', 'latin1'))), 200],
    'an XMP packet of rubbish': [
      behindStart(segment(0xe1, Buffer.from('http://ns.adobe.com/xap/1.0/\0<x:xmpmeta', 'latin1'))),
      200,
    ],
    'Adobe says transform 255': [
      behindStart(segment(0xee, Buffer.from('Adobe\0\x64\0\0\0\0\xff', 'latin1'))),
    ],
    CMYK: [cmyk, 200],
    'CMYK without Adobe': [withoutSegment(cmyk, 0xee), 200],
    'CMYK, progressive': [await pet(SIZE).toColourspace('cmyk').jpeg({ progressive: true }).toBuffer(), 200],
    'a gain map and a film behind the end': [Buffer.concat([jpeg, small, Buffer.alloc(1_000_000, 1)]), 200],
    'a progressive scan 300 times': [await manyScans({ width: 400, height: 300 }, 300)],
    'a progressive one that claims 60 megapixels': [
      patched(progressive, 0xc2, 5, [0x1e, 0xff, 0x1e, 0xff]),
      413,
    ],
    '49 megapixels claimed, a few bytes there': [patched(jpeg, 0xc0, 5, [0x1b, 0x58, 0x1b, 0x58])],
    '10 MB and a byte': [Buffer.concat([jpeg, Buffer.alloc(10 * 1024 * 1024 + 1 - jpeg.length)]), 413],
    '10 MB exactly': [Buffer.concat([jpeg, Buffer.alloc(10 * 1024 * 1024 - jpeg.length)]), 200],
    'one pixel': [await plain([9, 9, 9], { width: 1, height: 1 }).jpeg().toBuffer(), 200],
    '1 x 3,000': [await plain([9, 9, 9], { width: 1, height: 3000 }).jpeg().toBuffer(), 200],
  };
  for (const [type, count, value] of [
    [4, 1, 0],
    [3, 1, 0],
    [3, 1, 9],
    [3, 65_535, 6],
    [4, 1, 0xffff_ffff],
    [4, 0xffff_ffff, 0xffff_ffff],
  ] as const) {
    named[`orientation of type ${type}, ${count} times ${value}`] = [
      behindStart(exifSegment(type, count, value)),
      200,
    ];
  }
  named['two orientations'] = [behindStart(exifSegment(3, 1, 6), exifSegment(3, 1, 1)), 200];
  for (let orientation = 1; orientation <= 8; orientation++) {
    named[`orientation ${orientation}`] = [await petStoredAs(orientation, SIZE, 'jpeg'), 200];
  }
  return Object.entries(named).map(([name, [body, status]]) => ({
    name: `jpeg: ${name}`,
    body,
    ...(status === undefined ? {} : { status }),
  }));
}
