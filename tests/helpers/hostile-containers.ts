/**
 * @module tests/helpers/hostile-containers
 * GIF, WebP and AVIF that are odd, illegal, or larger than they look.
 */
import type { HostileInput } from './hostile-inputs.ts';
import { animation, heifHeader, longGif, pet, plain } from './pictures.ts';

const SIZE = { width: 64, height: 48 };
type Named = Record<string, readonly [body: Uint8Array, status?: number]>;

function listed(format: string, named: Named): HostileInput[] {
  return Object.entries(named).map(([name, [body, status]]) => ({
    name: `${format}: ${name}`,
    body,
    ...(status === undefined ? {} : { status }),
  }));
}

function withBytes(bytes: Buffer, at: number, values: readonly number[]): Buffer {
  const copy = Buffer.from(bytes);
  copy.set(values, at);
  return copy;
}

/** A GIF's image descriptor with one colour of LZW: so many pixels by so many, of which two are there. */
function gifFrame(width: number, height: number, codeSize = 2): Buffer {
  const head = Buffer.from([0x2c, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  head.writeUInt16LE(width, 5);
  head.writeUInt16LE(height, 7);
  return Buffer.concat([head, Buffer.of(codeSize, 2, 0x4c, 0x01, 0)]);
}

function gif(width: number, height: number, frames: readonly Buffer[], { end = true } = {}): Buffer {
  const head = Buffer.from('GIF89a\0\0\0\0\x80\0\0\xff\0\0\0\0\xff', 'latin1');
  head.writeUInt16LE(width, 6);
  head.writeUInt16LE(height, 8);
  return Buffer.concat([head, ...frames, ...(end ? [Buffer.of(0x3b)] : [])]);
}

export async function hostileAnimations(): Promise<HostileInput[]> {
  const colours = [
    [200, 40, 40],
    [40, 200, 40],
  ] as const;
  const sound = await pet(SIZE).gif().toBuffer();
  const animated = await animation(colours, SIZE, 'gif');
  const second = animated.indexOf(0x2c, animated.indexOf(0x2c, 13) + 1);
  const named: Named = {
    'a screen of zero': [gif(0, 0, [gifFrame(2, 1)])],
    // Its reader takes a screen that large for a mistake, and the first frame's size in its place.
    'a screen of 64k x 64k': [gif(65_535, 65_535, [gifFrame(2, 1)]), 200],
    'a frame of 64k x 64k in a small screen': [gif(2, 1, [gifFrame(65_535, 65_535)])],
    'a second frame of 64k x 64k': [gif(2, 1, [gifFrame(2, 1), gifFrame(65_535, 65_535)])],
    'a second frame of 7,000 x 7,000': [gif(2, 1, [gifFrame(2, 1), gifFrame(7000, 7000)])],
    'a drawn animation whose second frame is larger': [
      withBytes(animated, second + 5, [0xff, 0x3f, 0xff, 0x3f]),
    ],
    'no frame': [gif(2, 1, [])],
    'no end': [gif(2, 1, [gifFrame(2, 1)], { end: false })],
    'a code size of 0': [gif(2, 1, [gifFrame(2, 1, 0)])],
    'a code size of 12': [gif(2, 1, [gifFrame(2, 1, 12)])],
    'a code size of 255': [gif(2, 1, [gifFrame(2, 1, 255)])],
    'no colour table': [withBytes(gif(2, 1, [gifFrame(2, 1)]), 10, [0])],
    'a header alone': [sound.subarray(0, 13)],
    'an extension that never ends': [
      Buffer.concat([sound.subarray(0, 13), Buffer.of(0x21, 0xff), Buffer.alloc(300_000, 0xff)]),
    ],
    '100,000 comments': [
      Buffer.concat([
        sound.subarray(0, -1),
        Buffer.alloc(500_000, Buffer.of(0x21, 0xfe, 1, 65, 0)),
        Buffer.of(0x3b),
      ]),
    ],
    '500 frames': [await longGif(500, { width: 64, height: 64 }), 200],
    '40 frames of 2 megapixels': [await longGif(40, { width: 2000, height: 1000 }), 200],
    'of 1987': [withBytes(sound, 4, [0x37])],
    'of a version that never was': [withBytes(sound, 4, [0x31]), 415],
    'an animation': [animated, 200],
  };
  return [...listed('gif', named), ...(await hostileWebps(colours))];
}

async function hostileWebps(colours: Parameters<typeof animation>[0]): Promise<HostileInput[]> {
  const lossy = await pet(SIZE).webp().toBuffer();
  const lossless = await pet(SIZE).webp({ lossless: true }).toBuffer();
  const animated = await animation(colours, SIZE, 'webp');
  const withAlpha = await pet(SIZE).ensureAlpha(0.5).webp().toBuffer();
  const frame = (number: number) => {
    let at = -1;
    for (let i = 0; i <= number; i++) at = animated.indexOf('ANMF', at + 1);
    return at;
  };
  const canvas = animated.indexOf('VP8X') + 12;
  return listed('webp', {
    'an animation': [animated, 200],
    'an animation whose second frame is 16k x 16k': [
      withBytes(animated, frame(1) + 14, [0xff, 0x3f, 0, 0xff, 0x3f, 0]),
    ],
    'an animation whose first frame is 16k x 16k': [
      withBytes(animated, frame(0) + 14, [0xff, 0x3f, 0, 0xff, 0x3f, 0]),
    ],
    'an animation whose second frame is one pixel': [withBytes(animated, frame(1) + 14, [0, 0, 0, 0, 0, 0])],
    'an animation whose second frame is elsewhere': [withBytes(animated, frame(1) + 8, [0xff, 0xff, 0x7f])],
    'a canvas of 16 million squared': [withBytes(animated, canvas, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff])],
    'a canvas of one pixel': [withBytes(animated, canvas, [0, 0, 0, 0, 0, 0])],
    'half transparent': [withAlpha, 200],
    'lossless, claiming 16k x 16k': [withBytes(lossless, 21, [0xff, 0xff, 0xff, 0x0f])],
    'lossless without its signature': [withBytes(lossless, 20, [0])],
    'lossy, claiming 16k x 16k': [withBytes(lossy, 26, [0xff, 0x3f, 0xff, 0x3f])],
    'lossy, claiming zero': [withBytes(lossy, 26, [0, 0, 0, 0]), 422],
    'lossy without its start code': [withBytes(lossy, 23, [0, 0, 0]), 422],
    'a length of zero': [withBytes(lossy, 4, [0, 0, 0, 0])],
    'a length of 4 GB': [withBytes(lossy, 4, [0xff, 0xff, 0xff, 0xff])],
    'a chunk of 4 GB': [withBytes(lossy, 16, [0xff, 0xff, 0xff, 0xff])],
    'a chunk of zero': [withBytes(lossy, 16, [0, 0, 0, 0])],
    'an unknown chunk': [withBytes(lossy, 12, [0x41, 0x42, 0x43, 0x44])],
    'a header alone': [lossy.subarray(0, 12), 422],
    '2 MB behind the end': [Buffer.concat([lossy, Buffer.alloc(2_000_000, 7)])],
    '1 x 4,000': [await plain([9, 9, 9], { width: 1, height: 4000 }).webp().toBuffer(), 200],
  });
}

export async function hostileContainers(): Promise<HostileInput[]> {
  const avif = await pet(SIZE).avif({ effort: 0 }).toBuffer();
  const at = (box: string) => avif.indexOf(box);
  const named: Named = {
    'a sound one': [avif, 200],
    'with alpha': [await pet(SIZE).ensureAlpha(0.5).avif({ effort: 0 }).toBuffer(), 200],
    'of 10 bits': [await pet(SIZE).avif({ effort: 0, bitdepth: 10 }).toBuffer(), 200],
    'of 12 bits': [await pet(SIZE).avif({ effort: 0, bitdepth: 12 }).toBuffer(), 200],
    'claiming 64k x 64k': [withBytes(avif, at('ispe') + 8, [0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff])],
    'claiming 4 billion squared': [withBytes(avif, at('ispe') + 8, [255, 255, 255, 255, 255, 255, 255, 255])],
    'claiming zero': [withBytes(avif, at('ispe') + 8, [0, 0, 0, 0, 0, 0, 0, 0])],
    'claiming one pixel': [withBytes(avif, at('ispe') + 8, [0, 0, 0, 1, 0, 0, 0, 1])],
    'places beyond the file': [withBytes(avif, at('iloc') + 22, [0x7f, 0xff, 0xff, 0xff])],
    'no primary item': [withBytes(avif, at('pitm'), [0x66, 0x72, 0x65, 0x65])],
    'no properties': [withBytes(avif, at('iprp'), [0x66, 0x72, 0x65, 0x65])],
    'no codec configuration': [withBytes(avif, at('av1C'), [0x66, 0x72, 0x65, 0x65])],
    'another codec': [withBytes(avif, at('av01'), [0x68, 0x76, 0x63, 0x31]), 422],
    'a meta box of 4 GB': [withBytes(avif, at('meta') - 4, [0xff, 0xff, 0xff, 0xff])],
    'a meta box of 1 byte': [withBytes(avif, at('meta') - 4, [0, 0, 0, 1])],
    'rubbish for data': [Buffer.concat([avif.subarray(0, at('mdat') + 4), Buffer.alloc(avif.length, 0x5a)])],
    'boxes in boxes': [
      Buffer.concat([
        avif.subarray(0, at('meta') - 4),
        Buffer.alloc(80_000, Buffer.from('\0\0\xff\xffmoov', 'latin1')),
      ]),
    ],
    'a header alone': [heifHeader('avif', ['avif', 'mif1', 'miaf']), 422],
    'a header of zero bytes': [withBytes(avif, 0, [0, 0, 0, 0])],
    'a header of 4 GB': [withBytes(avif, 0, [0xff, 0xff, 0xff, 0xff])],
    'a sequence': [heifHeader('avis', ['avis', 'msf1'])],
  };
  const heic: Named = {
    'of an iPhone': [heifHeader('heic', ['mif1', 'MiHE', 'miaf', 'heic']), 415],
    'that calls itself mif1': [heifHeader('mif1', ['mif1', 'heic']), 415],
    'of a burst': [heifHeader('hevc', ['msf1', 'hevc']), 415],
    'as a film': [heifHeader('isom', ['isom', 'mp42']), 415],
    'as a film of QuickTime': [heifHeader('qt  ', ['qt  ']), 415],
  };
  return [...listed('avif', named), ...listed('heic', heic)];
}
