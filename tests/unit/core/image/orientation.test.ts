import {
  decodePixels,
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

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((sum, value, index) => sum + Math.abs(value - b[index]!), 0) / a.length;
}

describe('orientation', () => {
  // Case 6: where the red corner ends up
  const corners = ['TL', 'TR', 'BR', 'BL', 'TL', 'TR', 'BR', 'BL'];
  test.each(corners.map((corner, index) => [index + 1, corner]))(
    '%i puts the corner at %s',
    async (n, corner) => {
      const bytes = await pictures.orientedCorner(Number(n));
      const { image, info } = await openPhotograph(bytes, { background: WHITE });
      const [width, height] = Number(n) >= 5 ? [20, 40] : [40, 20];
      expect(info).toEqual({ width, height, format: 'png' });

      const pixels = await decodePixels(image, info);
      const redAt = (x: number, y: number) => pixels[(y * info.width + x) * 3] === 255;
      const [right, bottom] = [info.width - 1, info.height - 1];
      const found = { TL: redAt(0, 0), TR: redAt(right, 0), BL: redAt(0, bottom), BR: redAt(right, bottom) };
      expect(found).toEqual({ TL: false, TR: false, BL: false, BR: false, [String(corner)]: true });
    },
  );

  // Case 84
  test.each([2, 3, 4, 5, 6, 7, 8])('%i gives the pixels of the upright copy', async (orientation) => {
    const upright = await pictures.petStoredAs(1, { width: 640, height: 480 }, 'png');
    const stored = await pictures.petStoredAs(orientation, { width: 640, height: 480 }, 'png');
    expect(stored.equals(upright)).toBe(false);
    expect(Buffer.compare(await pixelsOf(stored), await pixelsOf(upright))).toBe(0);
  });

  // Case 84, where the JPEG is shrunk on load and turned afterwards
  test('6 of a large JPEG gives the picture of the upright copy', async () => {
    const upright = await readPhotograph(
      await pictures.petStoredAs(1, { width: 1280, height: 960 }, 'jpeg'),
      optionsOf(),
    );
    const stored = await readPhotograph(
      await pictures.petStoredAs(6, { width: 1280, height: 960 }, 'jpeg'),
      optionsOf(),
    );
    expect(stored.info).toEqual(upright.info);
    expect(meanDifference(stored.pixels, upright.pixels)).toBeLessThan(0.5);
  });

  // Case 8
  test.each([
    ['LONG 0', pictures.exifSegment(4, 1, 0), 640],
    ['SHORT 0', pictures.exifSegment(3, 1, 0), 640],
    ['SHORT 9', pictures.exifSegment(3, 1, 9), 640],
    ['of count 65535', pictures.exifSegment(3, 65_535, 1), 640],
    ['in a segment of 8 bytes', pictures.segment(0xe1, Buffer.from('Exif\0\0MM')), 640],
    ['twice, 6 first', Buffer.concat([pictures.exifSegment(3, 1, 6), pictures.exifSegment(3, 1, 1)]), 480],
  ])('that is odd (%s) is no reason to refuse', async (_name, exif, width) => {
    const jpeg = await pictures.petJpeg();
    const bytes = Buffer.concat([jpeg.subarray(0, 2), exif, jpeg.subarray(2)]);
    expect((await readPhotograph(bytes, optionsOf())).info.width).toBe(width);
  });
});
