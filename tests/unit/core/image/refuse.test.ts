import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PawprintError } from '../../../../core/errors.ts';
import { type ReadOptions, readPhotograph } from '../../../../core/image/read.ts';
import { decodingFault } from '../../../../core/image/refuse.ts';
import * as pictures from '../../../helpers/pictures.ts';

const OPTIONS: ReadOptions = {
  input: {
    width: 224,
    height: 224,
    resize: { fit: 'cover', kernel: 'lanczos3', background: [255, 255, 255] },
  },
};
const LANDSCAPE = { width: 640, height: 480 };
/** So tall that the central crop doesn't need the lowest rows. */
const PORTRAIT = { width: 480, height: 1400 };
/** So large that it is shrunk on load. */
const LARGE = { width: 1280, height: 960 };
const SIZES = [LANDSCAPE, PORTRAIT, LARGE];

/** 200, or the status and words of the refusal. Any other error fails the test. */
async function verdictOf(bytes: Uint8Array): Promise<{ status: number; message: string }> {
  try {
    const { pixels } = await readPhotograph(bytes, OPTIONS);
    expect(pixels).toHaveLength(224 * 224 * 3);
    return { status: 200, message: '' };
  } catch (error) {
    if (!(error instanceof PawprintError)) throw error;
    expect(error.message).not.toMatch(/vips|buffer|heif:|gifload/i);
    return { status: error.status, message: error.message };
  }
}

describe('odd files that phones and data sets have', () => {
  // Case 1
  test.each(SIZES)('are read: 18 zeros before the first table, %j', async (size) => {
    const bytes = pictures.insertBefore(await pictures.petJpeg(size), 0xdb, Buffer.alloc(18));
    expect(await verdictOf(bytes)).toMatchObject({ status: 200 });
  });

  // Case 2
  test.each(SIZES)("are read: Samsung's scan parameters, %j", async (size) => {
    const jpeg = await pictures.petJpeg(size);
    const bytes = pictures.withSamsungScan(jpeg);
    expect(bytes.equals(jpeg)).toBe(false);
    expect(await verdictOf(bytes)).toMatchObject({ status: 200 });
  });

  // Case 9
  test('are read: a second picture and a film behind the first', async () => {
    const jpeg = await pictures.petJpeg();
    const second = await pictures.plain([90, 90, 90], { width: 64, height: 64 }).jpeg().toBuffer();
    const bytes = Buffer.concat([jpeg, second, Buffer.alloc(1_000_000, 1)]);
    const [alone, followed] = [await readPhotograph(jpeg, OPTIONS), await readPhotograph(bytes, OPTIONS)];
    expect(Buffer.compare(alone.pixels, followed.pixels)).toBe(0);
  });

  // Case 28
  test('are read: 240 spaces before the end marker', async () => {
    const jpeg = await pictures.petJpeg();
    const bytes = Buffer.concat([jpeg.subarray(0, -2), Buffer.alloc(240, 0x20), jpeg.subarray(-2)]);
    expect(await verdictOf(bytes)).toMatchObject({ status: 200 });
  });

  // Case 27
  const folder = path.resolve(__dirname, '../../../../../shared/data/odd-images');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  (names.length > 0 ? test : test.skip)(
    'are read or refused in words: the odd images of the data',
    async () => {
      for (const name of names) {
        const { status } = await verdictOf(readFileSync(path.join(folder, name)));
        expect(status === 200 || (status >= 400 && status < 500)).toBe(true);
      }
    },
  );
});

describe('files that are cut off', () => {
  // Case 3a
  test.each(SIZES)('are refused with 422: a JPEG cut at 60 %%, %j', async (size) => {
    const jpeg = await pictures.petJpeg(size);
    const verdict = await verdictOf(jpeg.subarray(0, Math.floor(jpeg.length * 0.6)));
    expect(verdict).toMatchObject({ status: 422, message: expect.stringContaining('cut off') });
  });

  // Case 3b
  test.each(SIZES)('are refused with 422: a JPEG without its end marker, %j', async (size) => {
    const jpeg = await pictures.petJpeg(size);
    expect(await verdictOf(jpeg.subarray(0, -2))).toMatchObject({ status: 422 });
  });

  // Case 3c: at most one interval is missing, and the decoder fills it in
  test('are read: a JPEG that lacks its last restart interval', async () => {
    expect(await verdictOf(pictures.restartJpeg())).toMatchObject({ status: 200 });
    expect(await verdictOf(pictures.restartJpeg({ cut: true }))).toMatchObject({ status: 200 });
  });

  // Case 3
  test.each(['png', 'webp', 'avif', 'gif'] as const)(
    'are refused with 422: a %s cut at 60 %%',
    async (format) => {
      const bytes = await pictures.pet(PORTRAIT)[format]().toBuffer();
      expect(await verdictOf(bytes.subarray(0, Math.floor(bytes.length * 0.6)))).toMatchObject({
        status: 422,
      });
    },
  );

  test.each([2, 3, 4, 20])('are refused with 422: %i bytes of a JPEG', async (length) => {
    expect(await verdictOf((await pictures.petJpeg()).subarray(0, length))).toMatchObject({ status: 422 });
  });
});

describe('formats that are not read', () => {
  // Case 4
  test.each([
    ['heic', ['mif1', 'MiHE', 'miaf', 'heic']],
    ['mif1', ['mif1', 'heic']],
  ])('are refused with 415: HEIC of brand %s, with the next step', async (major, compatible) => {
    const verdict = await verdictOf(pictures.heifHeader(major, compatible));
    expect(verdict.status).toBe(415);
    expect(verdict.message).toMatch(/HEIC.*Most Compatible/);
  });

  // Case 5
  test.each([
    ['an HTML page', Buffer.from('<!doctype html><p>Log in</p>')],
    ['an SVG drawing', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')],
    ['a PDF', Buffer.from('%PDF-1.7\n')],
    ['no picture format known', Buffer.from('hello, this is no picture')],
  ])('are refused with 415: %s', async (name, bytes) => {
    expect(await verdictOf(bytes)).toMatchObject({ status: 415, message: expect.stringContaining(name) });
  });

  test('are refused with 415: a sound TIFF', async () => {
    expect(await verdictOf(await pictures.pet().tiff().toBuffer())).toMatchObject({ status: 415 });
  });

  test('cannot even be reached in the decoder', async () => {
    await readPhotograph(await pictures.petJpeg(), OPTIONS);
    const { default: sharp } = await import('sharp');
    await expect(sharp(await pictures.pet().tiff().toBuffer()).metadata()).rejects.toThrow('unsupported');
  });

  // Case 17
  test.each([
    ['12-bit', 4, [12]],
    ['lossless', 1, [0xc3]],
    ['of height 0', 5, [0, 0]],
    ['of two components', 9, [2]],
  ])('are refused with 422 in plain words: a JPEG that is %s', async (_kind, offset, bytes) => {
    const jpeg = await pictures.petJpeg();
    jpeg.set(bytes, jpeg.indexOf(Buffer.of(0xff, 0xc0)) + offset);
    expect(await verdictOf(jpeg)).toMatchObject({ status: 422 });
  });
});

describe('limits', () => {
  test('refuse no bytes with 400', async () => {
    expect(await verdictOf(new Uint8Array(0))).toMatchObject({ status: 400 });
  });

  test('refuse a file of more than 10 MB with 413 and take one of just as many', async () => {
    const jpeg = await pictures.petJpeg();
    const padded = Buffer.concat([jpeg, Buffer.alloc(10 * 1024 * 1024 + 1 - jpeg.length)]);
    expect(await verdictOf(padded)).toMatchObject({ status: 413 });
    expect(await verdictOf(padded.subarray(0, -1))).toMatchObject({ status: 200 });
  });

  // Case 15
  test('reject a 256-megapixel PNG with 413 before decoding it', async () => {
    const bytes = pictures.png({
      width: 16_000,
      height: 16_000,
      bitDepth: 1,
      colourType: 3,
      row: Buffer.alloc(2000),
      chunks: [['PLTE', Buffer.of(9, 9, 9)]],
    });
    const verdict = await withinBounds(() => verdictOf(bytes));
    expect(verdict).toMatchObject({ status: 413, message: expect.stringContaining('16000 x 16000') });
  });

  // Case 15
  test.each([
    { width: 5000, height: 1 },
    { width: 1, height: 5000 },
    { width: 65_000, height: 2 },
    { width: 1, height: 1 },
  ])('read %j without a huge picture in between', async (size) => {
    const bytes = await pictures.plain([200, 30, 30], size).png().toBuffer();
    expect(await withinBounds(() => verdictOf(bytes))).toMatchObject({ status: 200 });
  });

  // Case 16
  test('answer a JPEG of a thousand scans at once', async () => {
    const bytes = await pictures.manyScans(LANDSCAPE, 1000);
    const { status } = await withinBounds(() => verdictOf(bytes));
    expect([200, 422]).toContain(status);
  });

  // Case 16
  test('answer a JPEG of 200,000 empty segments at once', async () => {
    const jpeg = await pictures.petJpeg();
    const segments = Buffer.alloc(800_000, Buffer.of(0xff, 0xed, 0, 2));
    const bytes = Buffer.concat([jpeg.subarray(0, 2), segments, jpeg.subarray(2)]);
    expect(await withinBounds(() => verdictOf(bytes))).toMatchObject({ status: 200 });
  });

  test("tell sharp's time-out from a damaged file", () => {
    expect(decodingFault(new Error('timeout: 38% complete'), 'jpeg').status).toBe(504);
    expect(decodingFault(new Error('VipsJpeg: premature end'), 'jpeg').status).toBe(422);
  });
});

/**
 * Fails when `act` takes ten seconds (a hundred times what it should, for busy machines; unbounded work takes minutes)
 * or 100 MB.
 */
async function withinBounds<T>(act: () => Promise<T>): Promise<T> {
  await readPhotograph(await pictures.petJpeg(), OPTIONS); // loads sharp
  const before = process.memoryUsage().rss;
  const startedAt = performance.now();
  const result = await act();
  expect(performance.now() - startedAt).toBeLessThan(10_000);
  expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  return result;
}
