/** Which files of folders are sent. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPhotographs } from '../../../scripts/classify/find-photographs.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pawprint-find-'));
  mkdirSync(join(folder, 'a', 'deep'), { recursive: true });
  for (const name of ['10.jpg', '2.JPEG', 'x.heic', 'deep/1.webp', '._2.jpg', 'Thumbs.db', 'odd.bin'])
    writeFileSync(join(folder, 'a', name), 'x');
  symlinkSync(join(folder, 'a'), join(folder, 'a', 'deep', 'circle'));
  symlinkSync(join(folder, 'a', '2.JPEG'), join(folder, 'a', 'deep', 'link.jpg'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const namesOf = (...words: string[]) =>
  findPhotographs(words, { folder }).photographs.map(({ name }) => name);

test('a folder gives its photographs and those below, 2 before 10, also of formats that are refused', () => {
  const { photographs, others } = findPhotographs(['a'], { folder });
  expect(photographs.map(({ name }) => name)).toEqual([
    '2.JPEG',
    '10.jpg',
    join('deep', '1.webp'),
    join('deep', 'link.jpg'),
    'x.heic',
  ]);
  // The link that leads in a circle, Thumbs.db and odd.bin.
  expect(others).toBe(3);
});

test('a file that is named is sent whatever it is called, and once', () => {
  expect(namesOf(join('a', 'odd.bin'), join('a', '10.jpg'), 'a')).toEqual([
    join('a', 'odd.bin'),
    join('a', '10.jpg'),
    join('a', '2.JPEG'),
    join('a', 'deep', '1.webp'),
    join('a', 'deep', 'link.jpg'),
    join('a', 'x.heic'),
  ]);
});

test('what is not there has its fault', () => {
  expect(findPhotographs(['gone.jpg'], { folder }).photographs).toMatchObject([
    { name: 'gone.jpg', fault: 'There is no such file.' },
  ]);
});
