import sharp from 'sharp';
import { areNearDuplicates, type Fingerprint } from '../../../training/data/fingerprint.ts';
import { inspectPicture } from '../../../training/data/inspect.ts';
import { groupNearDuplicates, listNearDuplicates } from '../../../training/data/near-duplicates.ts';
import { randomSource } from '../../../training/random.ts';
import { drawPhotograph } from '../../helpers/drawn-photographs.ts';
import { pet, petJpeg, petStoredAs, plain } from '../../helpers/pictures.ts';

const SIZE = { width: 320, height: 240 };
const fingerprint = async (bytes: Uint8Array) => (await inspectPicture(bytes)).fingerprint;

describe('areNearDuplicates', () => {
  let original: Fingerprint;
  beforeAll(async () => {
    original = await fingerprint(await petJpeg(SIZE));
  });

  it.each([
    ['saved again at quality 30', () => pet(SIZE).jpeg({ quality: 30 })],
    ['as a PNG', () => pet(SIZE).png()],
    ['at half the size', () => pet(SIZE).resize(160).jpeg()],
    ['brighter', () => pet(SIZE).linear(1.15, 5).jpeg()],
    [
      'with 2 % cut off at each edge',
      () => pet(SIZE).extract({ left: 6, top: 5, width: 308, height: 230 }).jpeg(),
    ],
    ['mirrored', () => pet(SIZE).flop().jpeg()],
  ])('finds a picture %s', async (_, change) => {
    const changed = await fingerprint(await change().toBuffer());
    expect(areNearDuplicates(original, changed)).toBe(true);
    expect(areNearDuplicates(changed, original)).toBe(true);
  });

  // Field case 84: what counts is the upright picture.
  it('finds a picture that is stored turned', async () => {
    expect(areNearDuplicates(original, await fingerprint(await petStoredAs(6, SIZE, 'jpeg')))).toBe(true);
  });

  it('takes neither upside down for the same, nor other pictures, nor plain ones', async () => {
    const red = await fingerprint(await plain([200, 0, 0], SIZE).png().toBuffer());
    const blue = await fingerprint(await plain([0, 0, 200], SIZE).png().toBuffer());
    const drawn = await fingerprint(await drawPhotograph([220, 40, 40], 'drawn'));
    const turned = await fingerprint(await pet(SIZE).flip().jpeg().toBuffer());
    for (const other of [red, drawn, turned]) expect(areNearDuplicates(original, other)).toBe(false);
    expect(areNearDuplicates(red, blue)).toBe(false);
  });

  it('tells two colours of one shape apart', async () => {
    const disc = (colour: readonly number[]) => {
      const isInside = (i: number) => ((i % 64) - 28) ** 2 + (Math.floor(i / 64) - 36) ** 2 < 400;
      const pixels = Array.from({ length: 64 * 64 }, (_, i) => (isInside(i) ? colour : [128, 128, 128]));
      const raw = { width: 64, height: 64, channels: 3 as const };
      return sharp(Buffer.from(pixels.flat()), { raw }).png().toBuffer();
    };
    const red = await fingerprint(await disc([220, 40, 60]));
    const blue = await fingerprint(await disc([40, 100, 220]));
    expect(areNearDuplicates({ ...red, hash: blue.hash, mirrored: blue.mirrored }, blue)).toBe(false);
    expect(areNearDuplicates(red, blue)).toBe(false);
  });
});

const FLAT = { mirrored: [0xffffffff, 0xffffffff] as const };
/** A fingerprint of a thumbnail that all have, and a hash whose distance to another is known. */
const at = (ones: number): Fingerprint => ({
  ...FLAT,
  hash: [2 ** Math.min(ones, 32) - 1, 2 ** Math.max(0, ones - 32) - 1],
  thumbnail: Uint8Array.from({ length: 768 }, (_, i) => i % 256),
});

describe('groupNearDuplicates', () => {
  it('closes groups: what is like one of a group belongs to it', () => {
    expect(groupNearDuplicates([at(0), at(40), at(10), at(20), at(52)])).toEqual([0, 1, 0, 0, 1]);
  });

  it('joins two groups by a picture that is like both', () => {
    expect(groupNearDuplicates([at(0), at(20), at(10)])).toEqual([0, 0, 0]);
  });

  it('compares 7,400 pictures in under two seconds', () => {
    const random = randomSource('many');
    const word = () => Math.floor(random() * 2 ** 32);
    const many = Array.from({ length: 7400 }, () => ({
      ...at(0),
      hash: [word(), word()] as const,
      mirrored: [word(), word()] as const,
    }));
    const start = process.cpuUsage();
    groupNearDuplicates(many);
    // Of the processor, not of the clock: tests run beside each other.
    expect(process.cpuUsage(start).user / 1e6).toBeLessThan(2);
  });
});

test('listNearDuplicates leaves out what is alone', () => {
  const pictures = [
    { path: 'b', group: '1' },
    { path: 'c', group: '2' },
    { path: 'a', group: '1' },
    { path: 'd' },
  ];
  expect(listNearDuplicates(pictures)).toEqual([['a', 'b']]);
});
