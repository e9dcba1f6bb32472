/**
 * @module tests/helpers/wrong-data-set
 * A folder of drawn photographs with one of everything that is wrong in the folders that people have.
 */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { DRAWN_BREEDS, drawPhotograph, writeDrawnPhotographs } from './drawn-photographs.ts';

/** What must be said of each wrong thing: the path in the list of skipped files, and a part of its reason. */
export const WRONG_THINGS: Record<string, string> = {
  '.DS_Store': 'hidden',
  '.ipynb_checkpoints/': 'hidden',
  '__MACOSX/': 'hidden',
  'blue_dog/._blue_dog_1.jpg': 'hidden',
  'readme.txt': 'in no folder of a breed',
  'blue_dog/Thumbs.db': 'no picture format known here',
  'blue_dog/Abyssinian_100.mat': 'no picture format known here',
  'blue_dog/empty.jpg': 'the file is empty',
  'blue_dog/cut.jpg': 'is cut off',
  'blue_dog/page.jpg': 'an HTML page',
  'blue_dog/copy.jpg': 'the same picture as blue_dog/blue_dog_1.jpg',
  'blue_dog/nowhere.jpg': 'a link to nothing',
  'blue_dog/more/': 'a folder within the folder of a breed',
  'blue_dog/both.jpg': 'the same picture is in two classes',
  'Red_Cat/both.jpg': 'the same picture is in two classes',
  'empty/': 'the folder is empty',
  'lonely/1.jpg': 'class lonely has 1 picture; it needs at least 2',
};

/** Parts of the notes that must be there. */
export const WRONG_NOTES = [
  '"Green Cat" and "Green_Cat" and "green_cat"',
  'class lonely has 1 picture; it needs at least 2: it is left out',
  'class no_pictures has no picture that can be read',
  'of another format than the name says, and read as what it is: Green_Cat/gif.jpg (gif), Green_Cat/png.jpg (png)',
];

/** Pictures of a group that must be found to be near-duplicates. */
export const NEAR_DUPLICATES = ['Red_Cat/Red_Cat_5.jpg', 'Red_Cat/again.jpg'];

/** Writes it; `count` photographs of each of three breeds are sound. */
export async function writeWrongDataSet(root: string, { count = 12 } = {}): Promise<void> {
  await writeDrawnPhotographs(root, { count });
  const put = (path: string, bytes: Uint8Array | string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), bytes);
  };
  const draw = (key: string) => drawPhotograph([200, 90, 160], key);
  // Listed without a look.
  put('.DS_Store', 'x');
  put('.ipynb_checkpoints/a.jpg', await draw('hidden'));
  put('__MACOSX/blue_dog/a.jpg', await draw('hidden'));
  put('blue_dog/._blue_dog_1.jpg', Buffer.from([0, 5, 0x16, 7, ...new Uint8Array(100)]));
  // Listed.
  put('readme.txt', 'photographs');
  put('blue_dog/Thumbs.db', Buffer.from([0xd0, 0xcf, 0x11, 0xe0]));
  put('blue_dog/Abyssinian_100.mat', 'MATLAB 5.0');
  put('blue_dog/empty.jpg', '');
  put('blue_dog/cut.jpg', (await draw('cut')).subarray(0, 500));
  put('blue_dog/page.jpg', '<!doctype html><title>Sign in</title>');
  put('blue_dog/copy.jpg', readFileSync(join(root, 'blue_dog', 'blue_dog_1.jpg')));
  symlinkSync(join(root, 'is-not-there'), join(root, 'blue_dog', 'nowhere.jpg'));
  put('blue_dog/more/1.jpg', await draw('deeper'));
  put('blue_dog/both.jpg', await draw('both'));
  put('Red_Cat/both.jpg', await draw('both'));
  mkdirSync(join(root, 'empty'));
  put('lonely/1.jpg', await draw('lonely'));
  put('no_pictures/list.csv', 'a,b');
  // Used, whatever they are called.
  const green = DRAWN_BREEDS.Green_Cat;
  put('Green Cat/1.jpg', await drawPhotograph(green, 'blank'));
  put('green_cat/1.jpg', await drawPhotograph(green, 'case'));
  put(
    'Green_Cat/gif.jpg',
    await sharp(await drawPhotograph(green, 'gif'))
      .gif()
      .toBuffer(),
  );
  put(
    'Green_Cat/png.jpg',
    await sharp(await drawPhotograph(green, 'png'))
      .png()
      .toBuffer(),
  );
  put('Green_Cat/noending', await drawPhotograph(green, 'none'));
  const fifth = readFileSync(join(root, 'Red_Cat', 'Red_Cat_5.jpg'));
  put('Red_Cat/again.jpg', await sharp(fifth).resize(50).jpeg({ quality: 60 }).toBuffer());
}
