import {
  decodePixels,
  LANCZOS,
  openPhotograph,
  type ReadOptions,
  readPhotograph,
} from '../../../../core/image/read.ts';
import * as pictures from '../../../helpers/pictures.ts';

const WHITE: [number, number, number] = [255, 255, 255];

function optionsOf(side = 224, background = WHITE): ReadOptions {
  return {
    input: { width: side, height: side, resize: { fit: 'cover', kernel: 'lanczos3', background } },
  };
}

async function pixelsOf(bytes: Uint8Array, options = optionsOf()): Promise<Uint8Array> {
  return (await readPhotograph(bytes, options)).pixels;
}

/** RGB at a place of square pixels, both from 0 to 1. */
function colourAt(pixels: Uint8Array, x = 0.5, y = 0.5): number[] {
  const side = Math.sqrt(pixels.length / 3);
  const offset = (Math.floor(y * side) * side + Math.floor(x * side)) * 3;
  return [...pixels.subarray(offset, offset + 3)];
}

function expectColour(found: readonly number[], wanted: readonly number[], tolerance: number): void {
  for (const [channel, value] of wanted.entries()) {
    expect(Math.abs(found[channel]! - value)).toBeLessThanOrEqual(tolerance);
  }
}

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((sum, value, index) => sum + Math.abs(value - b[index]!), 0) / a.length;
}

describe('readPhotograph', () => {
  // Case 85
  test('gives RGB, red first', async () => {
    const red = await pictures.plain([255, 0, 0], { width: 300, height: 200 }).png().toBuffer();
    const { pixels, info } = await readPhotograph(red, optionsOf(8));
    expect([...pixels]).toEqual(new Array(64).fill([255, 0, 0]).flat());
    expect(info).toEqual({ width: 300, height: 200, format: 'png' });
  });

  // Case 5
  test.each(['jpeg', 'png', 'webp', 'avif', 'gif'] as const)('reads a %s', async (format) => {
    const bytes = await pictures.pet()[format]().toBuffer();
    const { pixels, info } = await readPhotograph(bytes, optionsOf());
    expect(info).toEqual({ width: 640, height: 480, format });
    expect(meanDifference(pixels, await pixelsOf(await pictures.petJpeg()))).toBeLessThan(4);
  });

  test('fills an input that is not square', async () => {
    const input = { ...optionsOf().input, width: 96, height: 160 };
    const { pixels } = await readPhotograph(await pictures.petJpeg(), { input });
    expect(pixels).toHaveLength(96 * 160 * 3);
  });

  test('crops about the centre', async () => {
    const rows = Buffer.alloc(300 * 100 * 3);
    for (let i = 0; i < 300 * 100; i++) if (i % 300 >= 100 && i % 300 < 200) rows[i * 3 + 1] = 255;
    const { default: sharp } = await import('sharp');
    const bytes = await sharp(rows, { raw: { width: 300, height: 100, channels: 3 } })
      .png()
      .toBuffer();
    expect([...(await pixelsOf(bytes, optionsOf(50)))]).toEqual(new Array(2500).fill([0, 255, 0]).flat());
  });

  // Case 10
  test.each([true, false])('reads a CMYK JPEG, Adobe marker: %s', async (hasMarker) => {
    const cmyk = await pictures.pet().toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer();
    const bytes = hasMarker ? cmyk : pictures.withoutSegment(cmyk, 0xee);
    expect(bytes.includes('Adobe')).toBe(hasMarker);
    expect(meanDifference(await pixelsOf(bytes), await pixelsOf(await pictures.petJpeg()))).toBeLessThan(12);
  });

  // Case 11
  test.each<[string, pictures.PngOptions, number[]]>([
    ['8-bit grey', { ...size(64), bitDepth: 8, colourType: 0, row: Buffer.alloc(64, 77) }, [77, 77, 77]],
    ['16-bit grey', { ...size(64), bitDepth: 16, colourType: 0, row: Buffer.alloc(128, 77) }, [77, 77, 77]],
    ['16-bit RGB', { ...size(64), bitDepth: 16, colourType: 2, row: words(64, [200, 50, 9]) }, [200, 50, 9]],
    ['1-bit', { ...size(64), bitDepth: 1, colourType: 0, row: Buffer.alloc(8, 0xff) }, [255, 255, 255]],
    [
      'palette with tRNS',
      {
        ...size(64),
        bitDepth: 8,
        colourType: 3,
        row: Buffer.alloc(64, 0),
        chunks: [
          ['PLTE', Buffer.of(10, 200, 30)],
          ['tRNS', Buffer.of(0)],
        ],
      },
      [255, 255, 255],
    ],
    [
      'grey with alpha',
      { ...size(64), bitDepth: 8, colourType: 4, row: Buffer.alloc(128, Buffer.of(0, 0)) },
      [255, 255, 255],
    ],
  ])('gives 8-bit RGB for a PNG that is %s', async (_kind, options, colour) => {
    const pixels = await pixelsOf(pictures.png(options));
    expect(pixels).toHaveLength(150_528);
    expect(colourAt(pixels)).toEqual(colour);
  });

  // Case 11
  test('gives RGB for a grey JPEG', async () => {
    const grey = await pictures.pet().greyscale().jpeg().toBuffer();
    const [r, g, b] = colourAt(await pixelsOf(grey));
    expect([g, b]).toEqual([r, r]);
  });

  // Case 12
  test('shows the background of the model through transparent pixels', async () => {
    const row = Buffer.alloc(64 * 4, Buffer.of(10, 200, 30, 0));
    const clear = pictures.png({ ...size(64), bitDepth: 8, colourType: 6, row });
    expect(colourAt(await pixelsOf(clear))).toEqual([255, 255, 255]);
    expect(colourAt(await pixelsOf(clear, optionsOf(224, [1, 2, 3])))).toEqual([1, 2, 3]);
  });

  // Case 13
  test.each(['gif', 'webp'] as const)('reads the first frame of an animated %s', async (format) => {
    const bytes = await pictures.animation(
      [
        [255, 0, 0],
        [0, 255, 0],
        [0, 0, 255],
      ],
      size(50),
      format,
    );
    const { pixels, info } = await readPhotograph(bytes, optionsOf());
    expect(info).toEqual({ width: 50, height: 50, format });
    expectColour(colourAt(pixels), [255, 0, 0], 2);
  });

  // Case 13
  test('counts one frame of a GIF of 100 frames and 80 megapixels', async () => {
    const bytes = await pictures.longGif(100, { width: 1000, height: 800 });
    expect((await readPhotograph(bytes, optionsOf())).info.height).toBe(800);
  });

  // Case 14: the stored values are another colour in sRGB
  test('turns Display-P3 into sRGB', async () => {
    const bytes = await pictures.plain([200, 50, 50], size(16)).withIccProfile('p3').png().toBuffer();
    const { default: sharp } = await import('sharp');
    const stored = await sharp(bytes, { ignoreIcc: true }).raw().toBuffer();
    expectColour([...stored.subarray(0, 3)], [184, 63, 57], 2);
    expectColour(colourAt(await pixelsOf(bytes)), [200, 50, 50], 2);
  });

  // Case 80
  test('makes mid grey of a checkerboard of single pixels', async () => {
    const pixels = await pixelsOf(await pictures.checkerboard(1000));
    expect(pixels.every((value) => value > 120 && value < 136)).toBe(true);
  });

  test('gives the same pixels each time', async () => {
    const jpeg = await pictures.petJpeg({ width: 1600, height: 1200 });
    expect(Buffer.compare(await pixelsOf(jpeg), await pixelsOf(jpeg))).toBe(0);
  });
});

describe('openPhotograph', () => {
  test('gives views that agree with readPhotograph', async () => {
    const bytes = await pictures.petJpeg();
    const { image, info } = await openPhotograph(bytes, { background: WHITE });
    const region = { left: 80, top: 0, width: 480, height: 480 };
    const view = image
      .clone()
      .extract(region)
      .resize({ width: 224, height: 224, ...LANCZOS });
    const pixels = await decodePixels(view, { width: 224, height: 224, format: info.format });
    expect(Buffer.compare(pixels, await pixelsOf(bytes))).toBe(0);
  });

  test('ends a decode that takes longer than its time-out with 504', async () => {
    const { image } = await openPhotograph(await pictures.petJpeg(), {
      background: WHITE,
      timeoutSeconds: 1,
    });
    const slow = image.resize(6000, 6000, { fit: 'fill' }).blur(60);
    await expect(decodePixels(slow, { width: 6000, height: 6000, format: 'jpeg' })).rejects.toMatchObject({
      name: 'DeadlineError',
      status: 504,
    });
  });
});

function size(side: number) {
  return { width: side, height: side };
}

/** A row of 16-bit pixels of a colour given in 8 bits. */
function words(pixels: number, colour: readonly number[]): Buffer {
  return Buffer.alloc(pixels * 6, Buffer.from(colour.flatMap((value) => [value, value])));
}
