import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { DataError } from '../../../core/errors.ts';
import { readDataSet } from '../../../training/data/data-set.ts';
import { drawPhotograph } from '../../helpers/drawn-photographs.ts';

const ODD_IMAGES = join(__dirname, '..', '..', '..', '..', 'shared', 'data', 'odd-images');
/** As for measuring: what there is, is enough. */
const few = { fewestPictures: 1 };

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'pawprint-data-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, bytes: Uint8Array | string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), bytes);
}

async function putPhotographs(folder: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++)
    put(`${folder}/${i}.jpg`, await drawPhotograph([200, 20, 20], `${folder}${i}`));
}

describe('readDataSet', () => {
  // Field case 29.
  it('lists files that are no pictures, and hidden ones without looking at them', async () => {
    await putPhotographs('Abyssinian', 2);
    await putPhotographs('pug', 2);
    put('.DS_Store', 'x');
    put('.ipynb_checkpoints/a.jpg', await drawPhotograph([1, 2, 3], 'hidden'));
    put('__MACOSX/pug/a.jpg', await drawPhotograph([1, 2, 3], 'hidden'));
    put('pug/._pug_1.jpg', Buffer.from([0, 5, 0x16, 7, ...new Uint8Array(100)]));
    put('pug/Thumbs.db', Buffer.from([0xd0, 0xcf, 0x11, 0xe0]));
    put('pug/Abyssinian_100.mat', 'MATLAB 5.0');
    put('pug/empty.jpg', '');
    const data = await readDataSet(root);
    expect(data.classes).toEqual(['Abyssinian', 'pug']);
    expect(data.pictures).toHaveLength(4);
    expect(data.skipped.map(({ path }) => path)).toEqual([
      '.DS_Store',
      '.ipynb_checkpoints/',
      '__MACOSX/',
      'pug/._pug_1.jpg',
      'pug/Abyssinian_100.mat',
      'pug/Thumbs.db',
      'pug/empty.jpg',
    ]);
    expect(data.skipped.every(({ reason }) => reason.length > 5)).toBe(true);
  });

  // Field case 30.
  it('knows pictures by their bytes, whatever they are called', async () => {
    await putPhotographs('pug', 2);
    const drawn = (key: string) =>
      sharp({ create: { width: 20 + key.length, height: 20, channels: 3, background: '#f00' } });
    put('beagle/a.JPG', await drawPhotograph([1, 2, 3], 'a'));
    put('beagle/b.jpeg', await drawPhotograph([1, 2, 3], 'b'));
    put('beagle/c', await drawPhotograph([1, 2, 3], 'c'));
    put('beagle/d.jpg', await drawn('d').png().toBuffer());
    put('beagle/e.jpg', await drawn('e').gif().toBuffer());
    put('beagle/f.txt', await drawn('ff').webp().toBuffer());
    const { pictures, skipped } = await readDataSet(root);
    expect(pictures.filter(({ path }) => path.startsWith('beagle/'))).toHaveLength(6);
    expect(skipped).toEqual([]);
  });

  it('keeps one of equal files in a class, and none of equal files in two', async () => {
    await putPhotographs('pug', 2);
    await putPhotographs('beagle', 2);
    const twice = await drawPhotograph([9, 9, 9], 'twice');
    put('pug/x.jpg', twice);
    put('pug/y.jpg', twice);
    const unclear = await drawPhotograph([90, 90, 90], 'unclear');
    put('pug/z.jpg', unclear);
    put('beagle/z.jpg', unclear);
    const { pictures, skipped } = await readDataSet(root);
    expect(pictures.map(({ path }) => path)).toContain('pug/x.jpg');
    expect(skipped).toEqual([
      { path: 'beagle/z.jpg', reason: expect.stringContaining('two classes') },
      { path: 'pug/y.jpg', reason: 'the same picture as pug/x.jpg' },
      { path: 'pug/z.jpg', reason: expect.stringContaining('two classes') },
    ]);
  });

  // Field case 31.
  it('takes breeds from the file names of a flat folder, and drops the ids of Stanford', async () => {
    const names = [
      'great_pyrenees_173.jpg',
      'american_pit_bull_terrier_1.png',
      'Egyptian_Mau_2.JPG',
      'pug_3 (1).jpg',
    ];
    for (const name of names) put(name, await drawPhotograph([5, 5, 5], name));
    expect((await readDataSet(root, few)).classes).toEqual([
      'Egyptian_Mau',
      'american_pit_bull_terrier',
      'great_pyrenees',
      'pug',
    ]);
    await putPhotographs('n02086646-Blenheim_spaniel', 1);
    await putPhotographs('Beagle', 1);
    expect((await readDataSet(root, few)).classes).toEqual([
      'Beagle',
      'Blenheim_spaniel',
      'Egyptian_Mau',
      'american_pit_bull_terrier',
      'great_pyrenees',
      'pug',
    ]);
  });

  // Field case 33.
  it('says what it expected where there are no classes', async () => {
    await expect(readDataSet(root)).rejects.toThrow(`0 classes found in ${root}, expected ${root}/<breed>/*`);
    await expect(readDataSet(join(root, 'nowhere'))).rejects.toThrow('There is no folder');
    await putPhotographs('dogs/pug', 2);
    await putPhotographs('dogs/beagle', 2);
    await expect(readDataSet(join(root, 'dogs', 'pug'))).rejects.toThrow(
      /0 classes found .* name the folder above it: --data .*dogs/,
    );
    expect((await readDataSet(root)).notes).toEqual(['the breeds are in dogs/']);
    await putPhotographs('cats/birman', 2);
    await expect(readDataSet(root)).rejects.toThrow(`try --data ${join(root, 'cats')}`);
    await expect(readDataSet(root)).rejects.toBeInstanceOf(DataError);
  });

  it('has a content hash of what is used, whatever else lies there', async () => {
    await putPhotographs('pug', 2);
    await putPhotographs('beagle', 2);
    const before = (await readDataSet(root)).contentHash;
    put('pug/notes.txt', 'x');
    expect((await readDataSet(root)).contentHash).toBe(before);
    put('pug/more.jpg', await drawPhotograph([1, 1, 1], 'more'));
    expect((await readDataSet(root)).contentHash).not.toBe(before);
  });

  // Field case 27: Oxford's files that are called .jpg and are GIF, PNG or grey.
  (existsSync(ODD_IMAGES) ? it : it.skip)(
    'reads the odd images of the Oxford set (needs ../shared)',
    async () => {
      await putPhotographs('pug', 2);
      for (const name of readdirSync(ODD_IMAGES)) {
        mkdirSync(join(root, 'odd'), { recursive: true });
        copyFileSync(join(ODD_IMAGES, name), join(root, 'odd', name));
      }
      const { pictures, skipped } = await readDataSet(root);
      expect(pictures.length - 2 + skipped.length).toBe(11);
      expect(pictures.length).toBeGreaterThan(8);
    },
  );
});
