import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPhotograph } from '../../../core/image/read.ts';
import { inspectPicture } from '../../../training/data/inspect.ts';
import {
  animation,
  heifHeader,
  insertBefore,
  petJpeg,
  petStoredAs,
  plain,
  restartJpeg,
  withSamsungScan,
} from '../../helpers/pictures.ts';

const ODD_IMAGES = join(__dirname, '..', '..', '..', '..', 'shared', 'data', 'odd-images');
const SIZE = { width: 320, height: 240 };
const input = {
  width: 64,
  height: 64,
  resize: {
    fit: 'cover' as const,
    kernel: 'lanczos3' as const,
    background: [255, 255, 255] as [number, number, number],
  },
};

/** What is said of bytes: nothing where they are taken, else the message. */
const verdict = (reading: Promise<unknown>) =>
  reading.then(
    () => 'taken',
    (error: Error) => error.message,
  );

// Field case 28: training takes what serving takes.
describe('inspectPicture takes what serving takes, and refuses the rest in the same words', () => {
  const cases: [string, () => Buffer | Promise<Buffer>][] = [
    [
      'bytes before the end marker',
      async () => insertBefore(await petJpeg(SIZE), 0xd9, Buffer.alloc(240, 0x20)),
    ],
    ['stray bytes before a segment', async () => insertBefore(await petJpeg(SIZE), 0xdb, Buffer.alloc(18))],
    ['the scan parameters of Samsung', async () => withSamsungScan(await petJpeg(SIZE))],
    ['half an upload', async () => (await petJpeg(SIZE)).subarray(0, 3000)],
    ['a missing interval', () => restartJpeg({ cut: true })],
    ['a sound interval', () => restartJpeg()],
    [
      'an animation',
      () =>
        animation(
          [
            [255, 0, 0],
            [0, 255, 0],
          ],
          SIZE,
          'gif',
        ),
    ],
    ['a long strip', () => plain([9, 9, 9], { width: 3000, height: 1 }).png().toBuffer()],
    ['a HEIC', () => heifHeader('heic', ['mif1'])],
    ['nothing', () => Buffer.alloc(0)],
  ];

  it.each(cases)('%s', async (_, make) => {
    const bytes = await make();
    expect(await verdict(inspectPicture(bytes))).toBe(await verdict(readPhotograph(bytes, { input })));
  });

  // Field case 27.
  (existsSync(ODD_IMAGES) ? it : it.skip)('the odd images of the Oxford set (needs ../shared)', async () => {
    for (const name of readdirSync(ODD_IMAGES)) {
      const bytes = readFileSync(join(ODD_IMAGES, name));
      expect(await verdict(inspectPicture(bytes))).toBe(await verdict(readPhotograph(bytes, { input })));
    }
  });
});

// Field case 84.
test('inspectPicture tells the size of the upright picture', async () => {
  expect((await inspectPicture(await petStoredAs(6, SIZE, 'jpeg'))).info).toEqual({
    ...SIZE,
    format: 'jpeg',
  });
});
