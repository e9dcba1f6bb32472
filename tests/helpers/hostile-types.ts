/**
 * @module tests/helpers/hostile-types
 * What is no picture, what is two things at once, and pictures under another type.
 */
import { deflateRawSync, gzipSync } from 'node:zlib';
import type { HostileInput } from './hostile-inputs.ts';
import { pet } from './pictures.ts';

const SIZE = { width: 64, height: 48 };
const latin1 = (text: string) => Buffer.from(text, 'latin1');
const jpegOf = () => pet(SIZE).jpeg({ quality: 80 }).toBuffer();

function zipOf(content: Buffer): Buffer {
  const packed = deflateRawSync(content);
  const head = Buffer.alloc(30);
  head.writeUInt32LE(0x0403_4b50, 0);
  head.writeUInt16LE(8, 8);
  head.writeUInt32LE(packed.length, 18);
  head.writeUInt32LE(content.length, 22);
  return Buffer.concat([head, packed]);
}

const LAUGHS = `<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">${Array.from(
  { length: 9 },
  (_, i) => `<!ENTITY ${'bcdefghij'[i]} "${`&${'abcdefghi'[i]};`.repeat(10)}">`,
).join('')}]><svg xmlns="http://www.w3.org/2000/svg"><text>&j;</text></svg>`;

/** Not one of the formats that are read, and files that are two things at once. */
export async function wrongTypes(): Promise<HostileInput[]> {
  const jpeg = await jpegOf();
  const png = await pet(SIZE).png().toBuffer();
  const gif = await pet(SIZE).gif().toBuffer();
  const tiff = await pet(SIZE).tiff().toBuffer();
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>';
  const zip = zipOf(Buffer.alloc(100_000));
  const named: Record<string, readonly [body: Uint8Array, status?: number, type?: string]> = {
    nothing: [Buffer.alloc(0), 400],
    'one byte': [Buffer.of(0xff), 415],
    'zeros, 1 MB': [Buffer.alloc(1_000_000), 415],
    'ones, 1 MB': [Buffer.alloc(1_000_000, 0xff), 415],
    text: [latin1('hello'), 415],
    svg: [latin1(svg), 415],
    'svg with a script': [latin1(svg.replace('/>', '/><script>alert(1)</script>')), 415],
    'svg that reads a file': [
      latin1(`<?xml version="1.0"?><!DOCTYPE s [<!ENTITY f SYSTEM "file:///etc/passwd">]>${svg}`),
      415,
    ],
    'svg that laughs a billion times': [latin1(LAUGHS), 415],
    'svg, packed': [gzipSync(svg), 415],
    html: [latin1('<!doctype html><p>Log in</p>'), 415],
    pdf: [latin1('%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%EOF'), 415],
    tiff: [tiff, 415],
    'tiff, the other way round': [latin1('MM\0*\0\0\0\x08\0\0'), 415],
    bmp: [latin1(`BM${'\0'.repeat(60)}`), 415],
    ico: [latin1('\0\0\x01\0\x01\0\x10\x10\0\0'), 415],
    psd: [latin1('8BPS\0\x01\0\0'), 415],
    'jpeg xl': [latin1('\xff\x0a\xfa\x7f'), 415],
    'jpeg 2000': [latin1('\0\0\0\x0cjP  \r\n\x87\n'), 415],
    ppm: [latin1(`P6\n4 4\n255\n${'x'.repeat(48)}`), 415],
    hdr: [latin1('#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 4 +X 4\n'), 415],
    "libvips' own": [Buffer.concat([Buffer.of(0xb6, 0xa6, 0xf2, 0x08), Buffer.alloc(200)]), 415],
    'a matrix for libvips': [latin1('2 2\n1 2\n3 4\n'), 415],
    csv: [latin1('1,2,3\n4,5,6\n'), 415],
    fits: [latin1(`SIMPLE  =${' '.repeat(2871)}`), 415],
    exr: [Buffer.of(0x76, 0x2f, 0x31, 0x01, 2, 0, 0, 0), 415],
    zip: [zip, 415],
    'a program': [latin1(`\x7fELF\x02\x01\x01${'\0'.repeat(100)}`), 415],
    'a program of Windows': [latin1(`MZ${'\0'.repeat(100)}`), 415],
    mp3: [latin1(`ID3\x04${'\0'.repeat(50)}`), 415],
    'RIFF that is a sound': [latin1('RIFF\x24\0\0\0WAVEfmt '), 415],
    'RIFF that is a WebP of sound': [latin1(`RIFF\x24\0\0\0WEBPfmt \x10\0\0\0${'\0'.repeat(40)}`), 422],
    'a jpeg as UTF-8': [Buffer.from(jpeg.toString('latin1'), 'utf8'), 415],
    'a jpeg as base64': [latin1(jpeg.toString('base64')), 415],
    'a jpeg as hexadecimal': [latin1(jpeg.toString('hex')), 415],
    'a jpeg as a data URL': [latin1(`data:image/jpeg;base64,${jpeg.toString('base64')}`), 415],
    'a jpeg, packed': [gzipSync(jpeg), 415],
    'gif and zip at once': [Buffer.concat([gif, zip]), 200],
    'jpeg and zip at once': [Buffer.concat([jpeg, zip]), 200],
    'jpeg and png at once': [Buffer.concat([jpeg, png]), 200],
    'png and jpeg at once': [Buffer.concat([png, jpeg]), 200],
    'png whose data is a jpeg': [Buffer.concat([png.subarray(0, 8), jpeg]), 422],
    'gif whose data is a jpeg': [Buffer.concat([gif.subarray(0, 6), jpeg])],
    'jpeg whose data is a png': [Buffer.concat([jpeg.subarray(0, 2), png])],
    'webp whose data is a jpeg': [Buffer.concat([latin1('RIFF\xff\xff\0\0WEBP'), jpeg])],
    'pdf and jpeg at once': [Buffer.concat([latin1('%PDF-1.4\n'), jpeg]), 415],
    'html and jpeg at once': [Buffer.concat([latin1('<!-- -->'), jpeg]), 415],
    'a jpeg after a line break': [Buffer.concat([latin1('\r\n'), jpeg]), 415],
    'a jpeg with a script in a comment': [
      Buffer.concat([
        jpeg.subarray(0, 2),
        latin1('\xff\xfe\0\x1f<?php echo 1; __halt_compiler();'.slice(0, 33)),
        jpeg.subarray(2),
      ]),
    ],
    'a jpeg called text': [jpeg, 200, 'text/plain'],
    'a jpeg called HEIC': [jpeg, 200, 'image/heic'],
    'a jpeg called JSON': [jpeg, 200, 'application/json'],
    'a jpeg called a form': [jpeg, 200, 'multipart/form-data; boundary=B'],
    'a jpeg of a type that is none': [jpeg, 200, ';;;=,'],
    'a jpeg of a type of 8,000 letters': [jpeg, 200, `image/${'x'.repeat(8000)}`],
    'a jpeg of a type with 500 parameters': [jpeg, 200, `image/jpeg${'; a=b'.repeat(500)}`],
  };
  return Object.entries(named).map(([name, [body, status, type]]) => ({
    name: `type: ${name}`,
    body,
    ...(status === undefined ? {} : { status }),
    ...(type === undefined ? {} : { type }),
  }));
}
