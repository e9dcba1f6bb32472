import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Entry } from '../../../training/data/entries.ts';
import { findPictures } from '../../../training/data/find-pictures.ts';
import { labelsOf } from '../../../training/data/species.ts';
import { readSpeciesFile } from '../../../training/data/species-file.ts';

/** Lists folders of a tree that is written as paths; those that end in `/` are empty folders. */
function makeList(paths: readonly string[], arrange: (entries: Entry[]) => Entry[] = (entries) => entries) {
  return async (folder: string): Promise<Entry[]> => {
    const start = folder === 'root' ? '' : `${folder.replace(/^root\//, '')}/`;
    const entries = new Map<string, Entry>();
    for (const path of paths.filter((one) => one.startsWith(start) && one !== start)) {
      const [name, ...deeper] = path.slice(start.length).split('/');
      entries.set(name!, { name: name!, kind: deeper.length > 0 ? 'folder' : 'file' });
    }
    return arrange([...entries.values()]);
  };
}

const find = (...paths: string[]) => findPictures('root', makeList(paths));
const filesOf = ({ classes, files }: Awaited<ReturnType<typeof find>>) =>
  files.map(({ path, label }) => `${classes[label]}: ${path}`);

describe('findPictures', () => {
  // Field case 31.
  it('takes breeds from the names of files, whatever underscores, digits and endings they have', async () => {
    const found = await find(
      'great_pyrenees_173.jpg',
      'american_pit_bull_terrier_1.png',
      'Egyptian_Mau_2.JPG',
      'pug_3 (1).jpg',
      'pug_4',
      'n02086646-Blenheim_spaniel/x.jpg',
      'Beagle/y.jpg',
    );
    expect(filesOf(found)).toEqual([
      'Beagle: Beagle/y.jpg',
      'Egyptian_Mau: Egyptian_Mau_2.JPG',
      'american_pit_bull_terrier: american_pit_bull_terrier_1.png',
      'great_pyrenees: great_pyrenees_173.jpg',
      'Blenheim_spaniel: n02086646-Blenheim_spaniel/x.jpg',
      'pug: pug_3 (1).jpg',
      'pug: pug_4',
    ]);
  });

  it.each([
    ['images/Great_Pyrenees_12.jpg', 'images/pug_1.jpg', 'annotations/list.txt', 'README'],
    ['oxford/images/Great_Pyrenees_12.jpg', 'oxford/images/pug_1.jpg', 'oxford/annotations/test.txt'],
    ['a/b/Great_Pyrenees/1.jpg', 'a/b/pug/1.jpg'],
    ['images/Great_Pyrenees_12.jpg', 'images/pug_1.jpg', 'images/pug_1.mat', 'notes_1.txt'],
  ])('looks for the breeds where the archive has them (%s, …)', async (...paths) => {
    expect((await find(...paths)).classes).toEqual(['Great_Pyrenees', 'pug']);
  });

  it('lists what lies beside the breeds', async () => {
    const { skipped, notes } = await find(
      'images/pug_1.jpg',
      'images/a_1.jpg',
      'images/x.txt',
      'other/y.jpg',
      'README',
      '.git/x',
    );
    expect(skipped).toEqual([
      { path: '.git/', reason: 'not in images/, where the breeds are' },
      { path: 'README', reason: 'not in images/, where the breeds are' },
      { path: 'other/', reason: 'not in images/, where the breeds are' },
      { path: 'images/x.txt', reason: 'in no folder of a breed, and not named <breed>_<number>' },
    ]);
    expect(notes).toEqual(['the breeds are in images/']);
  });

  it('keeps the prefixes of PetFaces, and says what lies too deep', async () => {
    const found = await find('cat_siamese/1.jpg', 'dog_pug/1.jpg', 'dog_pug/more/2.jpg');
    expect(found.classes).toEqual(['cat_siamese', 'dog_pug']);
    expect(found.skipped).toEqual([
      { path: 'dog_pug/more/', reason: expect.stringContaining('a folder within') },
    ]);
  });

  // Field case 33.
  it('names an empty folder, which is no class', async () => {
    const found = await find('empty/', 'hidden/.DS_Store', 'pug/1.jpg', 'beagle/1.jpg');
    expect(found.classes).toEqual(['beagle', 'pug']);
    expect(found.skipped).toEqual([
      { path: 'empty/', reason: 'the folder is empty' },
      { path: 'hidden/.DS_Store', reason: expect.stringContaining('hidden') },
      { path: 'hidden/', reason: 'the folder is empty' },
    ]);
  });

  it.each([
    [['pug_1.jpg', 'pug_2.jpg'], 'only pug, 1 class, found in root, expected root/<breed>/*'],
    [['pug/pug_1.jpg'], 'only pug, 1 class'],
    [['cats/birman/1.jpg', 'dogs/pug/1.jpg'], 'one level deeper: try --data root/cats'],
    [['1.jpg'], '0 classes found in root, expected root/<breed>/*'],
  ])('refuses %j and says what it expected', async (paths, message) => {
    await expect(find(...paths)).rejects.toThrow(message);
  });

  // Field case 83.
  it('does not depend on the order in which a folder is read', async () => {
    const paths = ['beagle', 'Bengal', 'american_bulldog', 'Abyssinian', 'İstanbul'].flatMap((breed) =>
      ['2.jpg', '10.jpg', 'a.jpg'].map((name) => `${breed}/${name}`),
    );
    const found = await findPictures('root', makeList(paths));
    expect(found.classes).toEqual(['Abyssinian', 'Bengal', 'american_bulldog', 'beagle', 'İstanbul']);
    const reversed = makeList(paths, (entries) => entries.reverse());
    expect(await findPictures('root', reversed)).toEqual(found);
  });

  it.each([
    [['Pug/1.jpg', 'pug/2.jpg', 'pug/3.jpg'], 'pug'],
    [['British Shorthair/1.jpg', 'British_Shorthair/2.jpg', 'British_Shorthair/3.jpg'], 'British_Shorthair'],
    [['Bra\u0301k/1.jpg', 'Br\u00e1k/2.jpg'], 'Br\u00e1k'],
    [['pug /1.jpg', 'pug/2.jpg'], 'pug'],
    [['Pug/1.jpg', 'pug_1.jpg', 'pug_2.jpg'], 'pug'],
  ])('takes %j as one class and says so', async (paths, name) => {
    const { classes, files, notes } = await find(...paths, 'Zwerg/1.jpg');
    expect([...classes].sort()).toEqual([name, 'Zwerg'].sort());
    expect(files.filter(({ label }) => classes[label] === name)).toHaveLength(paths.length);
    expect(notes).toEqual([expect.stringMatching(`one class, ${name}$`)]);
  });
});

describe('labelsOf', () => {
  const species = (...names: string[]) => labelsOf(names).map((label) => label.species);

  it("follows Oxford's rule where a set has both kinds", () => {
    expect(species('Abyssinian', 'Cymric', 'beagle', 'kuvasz')).toEqual(['cat', 'cat', 'dog', 'dog']);
  });

  // Field case 31.
  it('makes no cats of dogs that are capitalised', () => {
    expect(species('Beagle')).toEqual(['dog']);
    expect(species('Kuvasz', 'Puli')).toEqual(['other', 'other']);
    expect(species('Beagle', 'Kuvasz', 'pug')).toEqual(['dog', 'other', 'dog']);
  });

  it('believes a prefix, and what is given before all', () => {
    expect(species('cat_siamese', 'dog_Pug', 'Kuvasz')).toEqual(['cat', 'dog', 'other']);
    const given = new Map([['kuvasz', 'dog' as const]]);
    expect(labelsOf(['Kuvasz', 'Puli'], { given }).map((label) => label.species)).toEqual(['dog', 'other']);
  });

  it('names a folder that can be no breed', () => {
    expect(() => labelsOf(['pug', '_x'])).toThrow('"_x" can\'t be a breed');
  });
});

describe('readSpeciesFile', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'pawprint-species-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const breeds = ['Beagle', 'British Shorthair'];
  const read = (text: string) => {
    const path = join(folder, 'species');
    writeFileSync(path, text);
    return readSpeciesFile(path, { breeds });
  };
  const both = new Map([
    ['beagle', 'dog'],
    ['british_shorthair', 'cat'],
  ]);

  it.each([
    ['breed,species\r\nBeagle,dog\r\nBritish_Shorthair,Cat\r\n'],
    ['\uFEFF# mine\nbeagle;dog\n"British Shorthair";cat # blue\n'],
    ['{"Beagle": "dog", "British Shorthair": "cat"}'],
    ['[{"breed": "Beagle", "species": "dog"}, {"breed": "British Shorthair", "species": "cat"}]'],
  ])('reads %j', async (text) => {
    expect(await read(text)).toEqual(both);
  });

  it.each([
    ['Beagel,dog', 'line 1: there is no breed "Beagel" in the photographs, only Beagle, British Shorthair'],
    ['Beagle,dog\nBeagle,hound', 'line 2: Beagle is "hound", expected cat, dog or other'],
    ['Beagle,dog\nbeagle,cat', 'beagle is cat here and dog before'],
    ['Beagle', '"Beagle" isn\'t of the form breed,species'],
    ['{"Beagle": 1}', "isn't of the form"],
    ['{"Beagle"', 'is not valid JSON'],
  ])('refuses %j', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });
});
