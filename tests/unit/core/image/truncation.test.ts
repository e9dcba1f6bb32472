/** Every truncation of a small picture of each format: refused by its kind, or the picture is whole all the same. */
import { PawprintError } from '../../../../core/errors.ts';
import { type ReadOptions, readPhotograph } from '../../../../core/image/read.ts';
import { pet } from '../../../helpers/pictures.ts';

const OPTIONS: ReadOptions = {
  input: {
    width: 32,
    height: 24,
    resize: { fit: 'cover', kernel: 'lanczos3', background: [255, 255, 255] },
  },
};
const AT_ONCE = 4;
/** The second is so tall that the central crop doesn't need the lowest rows. */
const SIZES = [
  { width: 64, height: 48 },
  { width: 48, height: 140 },
];

/** By format, how many bytes at the end are no part of the picture: the checksum of IEND, and the trailer. */
const TRAILING = { jpeg: 0, png: 4, webp: 0, avif: 0, gif: 1 } as const;
const FORMATS = Object.keys(TRAILING) as (keyof typeof TRAILING)[];

const cases = FORMATS.flatMap((format) => SIZES.map((size) => ({ format, ...size })));

test.each(cases)('$format of $width x $height, cut at every length', async ({ format, ...size }) => {
  const bytes = await pet(size)[format]().toBuffer();
  const whole = (await readPhotograph(bytes, OPTIONS)).pixels;
  const verdictOf = async (length: number): Promise<number> => {
    try {
      // A copy: what is behind the end in memory must not be there.
      const { pixels } = await readPhotograph(Uint8Array.from(bytes.subarray(0, length)), OPTIONS);
      expect([length, Buffer.compare(pixels, whole)]).toEqual([length, 0]);
      return 200;
    } catch (error) {
      if (error instanceof PawprintError) return error.status;
      throw new Error(`Cut to ${length} of ${bytes.length} bytes: ${error}`, { cause: error });
    }
  };
  const verdicts: number[] = [];
  const lengths = bytes.keys();
  const reader = async () => {
    for (const length of lengths) verdicts[length] = await verdictOf(length);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, reader));

  expect(verdicts).toHaveLength(bytes.length);
  // No bytes, then too few to tell the format by, then a picture that is cut off, then one that is whole.
  expect(verdicts[0]).toBe(400);
  const isKnownFrom = verdicts.indexOf(422);
  expect(isKnownFrom).toBeLessThanOrEqual(12);
  expect(new Set(verdicts.slice(1, isKnownFrom))).toEqual(new Set([415]));
  const isWholeFrom = bytes.length - TRAILING[format];
  expect(new Set(verdicts.slice(isKnownFrom, isWholeFrom))).toEqual(new Set([422]));
  expect(verdicts.slice(isWholeFrom)).toEqual(new Array(TRAILING[format]).fill(200));
});
