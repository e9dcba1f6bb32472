/**
 * @module tests/helpers/hostile-pngs
 * PNGs that are odd, illegal, or larger than they look.
 */
import { crc32, deflateSync } from 'node:zlib';
import type { HostileInput } from './hostile-inputs.ts';
import { checkerboard, pet, png } from './pictures.ts';

const SIZE = { width: 64, height: 48 };
const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

function chunk(type: string, content: Uint8Array, { length = content.length, check = 0 } = {}): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const [head, tail] = [Buffer.alloc(4), Buffer.alloc(4)];
  head.writeUInt32BE(length);
  tail.writeUInt32BE((crc32(body) ^ check) >>> 0);
  return Buffer.concat([head, body, tail]);
}

interface Header {
  width: number;
  height: number;
  bitDepth?: number;
  colourType?: number;
  compression?: number;
  filter?: number;
  interlace?: number;
}

function header(options: Header): Buffer {
  const { width, height, bitDepth = 8, colourType = 2, compression = 0, filter = 0, interlace = 0 } = options;
  const content = Buffer.alloc(13);
  content.writeUInt32BE(width, 0);
  content.writeUInt32BE(height, 4);
  content.set([bitDepth, colourType, compression, filter, interlace], 8);
  return chunk('IHDR', content);
}

const END = chunk('IEND', Buffer.alloc(0));
const whole = (...chunks: Buffer[]) => Buffer.concat([SIGNATURE, ...chunks, END]);
const data = (bytes: Buffer) => chunk('IDAT', deflateSync(bytes));
/** Rows of 64 x 48 RGB, all of one filter. */
const rows = (filter = 0) =>
  Buffer.alloc((1 + SIZE.width * 3) * SIZE.height, Buffer.of(filter, ...new Array(SIZE.width * 3).fill(7)));

export async function hostilePngs(): Promise<HostileInput[]> {
  const sound = await pet(SIZE).png().toBuffer();
  const zeros = (bytes: number) => deflateSync(Buffer.alloc(bytes), { level: 9 });
  const small = header(SIZE);
  const text = (type: string, head: string, content: Buffer) =>
    whole(small, chunk(type, Buffer.concat([Buffer.from(head, 'latin1'), content])), data(rows()));
  const palette = (row: Buffer, chunks: readonly (readonly [string, Buffer])[], size = SIZE) =>
    png({ ...size, bitDepth: 8, colourType: 3, row, chunks });
  const grey16 = png({ ...SIZE, bitDepth: 16, colourType: 0, row: Buffer.alloc(SIZE.width * 2, 0x81) });
  const frame = (width: number, height: number, number: number) => {
    const control = Buffer.alloc(26);
    for (const [index, value] of [number, width, height].entries()) control.writeUInt32BE(value, index * 4);
    return chunk('fcTL', control);
  };
  const animated = (width: number, height: number) =>
    whole(
      small,
      chunk('acTL', Buffer.of(0, 0, 0, 2, 0, 0, 0, 0)),
      frame(SIZE.width, SIZE.height, 0),
      data(rows()),
      frame(width, height, 1),
      chunk('fdAT', Buffer.concat([Buffer.of(0, 0, 0, 2), zeros(1000)])),
    );
  const named: Record<string, readonly [body: Uint8Array, status?: number]> = {
    'zero width': [whole(header({ width: 0, height: 48 }), data(rows())), 422],
    'zero height': [whole(header({ width: 64, height: 0 }), data(rows())), 422],
    '2 billion pixels wide': [whole(header({ width: 0x7fff_ffff, height: 1 }), data(rows()))],
    'a negative width': [whole(header({ width: 0xffff_ffff, height: 48 }), data(rows())), 422],
    '64k x 64k claimed': [whole(header({ width: 65_535, height: 65_535 }), data(rows())), 413],
    'a bomb of 16,000 x 16,000': [
      palette(Buffer.alloc(16_000), [['PLTE', Buffer.from([200, 30, 30])]], {
        width: 16_000,
        height: 16_000,
      }),
      413,
    ],
    'a bomb of 49 megapixels': [
      png({ width: 7000, height: 7000, bitDepth: 1, colourType: 0, row: Buffer.alloc(875, 0xaa) }),
      200,
    ],
    '5,000 x 1': [
      png({ width: 5000, height: 1, bitDepth: 8, colourType: 0, row: Buffer.alloc(5000, 99) }),
      200,
    ],
    '1 x 5,000': [png({ width: 1, height: 5000, bitDepth: 8, colourType: 0, row: Buffer.of(99) }), 200],
    'one pixel': [png({ width: 1, height: 1, bitDepth: 8, colourType: 0, row: Buffer.of(99) }), 200],
    'a bit depth of 3': [whole(header({ ...SIZE, bitDepth: 3 }), data(rows())), 422],
    'a bit depth of 32': [whole(header({ ...SIZE, bitDepth: 32 }), data(rows())), 422],
    'a colour type of 5': [whole(header({ ...SIZE, colourType: 5 }), data(rows())), 422],
    'a compression of 9': [whole(header({ ...SIZE, compression: 9 }), data(rows())), 422],
    'a filter method of 9': [whole(header({ ...SIZE, filter: 9 }), data(rows())), 422],
    'an interlacing of 9': [whole(header({ ...SIZE, interlace: 9 }), data(rows())), 422],
    'a row filter of 200': [whole(small, data(rows(200)))],
    'no header': [whole(data(rows())), 422],
    'two headers': [whole(small, small, data(rows()))],
    'no data': [whole(small), 422],
    'data of half of the rows': [whole(small, data(rows().subarray(0, 4000)))],
    'data of a hundred times the rows': [whole(small, chunk('IDAT', zeros(100 * rows().length)))],
    'data that is not compressed': [whole(small, chunk('IDAT', Buffer.from('not compressed at all'))), 422],
    'no palette': [palette(Buffer.alloc(64), []), 422],
    'a palette of 0 bytes': [palette(Buffer.alloc(64), [['PLTE', Buffer.alloc(0)]])],
    'a palette of 4 bytes': [palette(Buffer.alloc(64), [['PLTE', Buffer.alloc(4)]])],
    'an index beyond the palette': [palette(Buffer.alloc(64, 200), [['PLTE', Buffer.alloc(6)]])],
    'transparency of more colours than there are': [
      palette(Buffer.alloc(64), [
        ['PLTE', Buffer.alloc(6)],
        ['tRNS', Buffer.alloc(300)],
      ]),
    ],
    'a wrong checksum of the header': [
      Buffer.concat([SIGNATURE, chunk('IHDR', Buffer.alloc(13, 1), { check: 5 }), data(rows()), END]),
      422,
    ],
    'a wrong checksum of the data': [whole(small, chunk('IDAT', deflateSync(rows()), { check: 5 }))],
    'a chunk longer than the file': [
      whole(small, chunk('IDAT', deflateSync(rows()), { length: 0x7fff_0000 })),
      422,
    ],
    'a chunk of negative length': [
      whole(small, chunk('IDAT', deflateSync(rows()), { length: 0xffff_ffff })),
      422,
    ],
    'an unknown critical chunk': [whole(small, chunk('ABCD', Buffer.alloc(4)), data(rows()))],
    '20,000 empty chunks': [
      Buffer.concat([
        SIGNATURE,
        small,
        Buffer.alloc(240_000, chunk('teXt', Buffer.alloc(0))),
        data(rows()),
        END,
      ]),
    ],
    'a text of 50 MB, compressed': [text('zTXt', 'comment\0\0', zeros(50_000_000))],
    'an international text of 50 MB, compressed': [text('iTXt', 'comment\0\x01\0\0\0', zeros(50_000_000))],
    'a profile of 50 MB, compressed': [text('iCCP', 'profile\0\0', zeros(50_000_000))],
    'a profile of rubbish': [text('iCCP', 'profile\0\0', deflateSync(Buffer.from('rubbish')))],
    'Exif of rubbish': [text('eXIf', 'MM\0*\xff\xff\xff\xff', Buffer.alloc(4))],
    'an animation with a larger second frame': [animated(4000, 4000), 200],
    'an animation with a second frame of 64k x 64k': [animated(65_535, 65_535), 200],
    'a signature alone': [SIGNATURE, 422],
    'an end alone': [Buffer.concat([SIGNATURE, END]), 422],
    '2 MB behind the end': [Buffer.concat([sound, Buffer.alloc(2_000_000, 7)]), 200],
    '16-bit grey': [grey16, 200],
    '16-bit grey, cut': [grey16.subarray(0, -20), 422],
    'black and white pixels by turns': [await checkerboard(1200), 200],
  };
  for (const [bitDepth, colourType, bytes] of [
    [1, 0, 8],
    [2, 0, 16],
    [4, 0, 32],
    [8, 0, 64],
    [16, 2, 64 * 6],
    [8, 4, 128],
    [16, 4, 256],
    [8, 6, 256],
    [16, 6, 512],
  ] as const) {
    const body = png({ ...SIZE, bitDepth, colourType, row: Buffer.alloc(bytes, 0x5a) });
    named[`depth ${bitDepth} of type ${colourType}`] = [body, 200];
  }
  return Object.entries(named).map(([name, [body, status]]) => ({
    name: `png: ${name}`,
    body,
    ...(status === undefined ? {} : { status }),
  }));
}
