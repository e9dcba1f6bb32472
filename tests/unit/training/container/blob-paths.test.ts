import { planFiles } from '../../../../training/container/blob-paths.ts';

const blob = (path: string, bytes = 3) => ({ path, bytes, etag: '"1"', lastModified: new Date(0) });
const plan = (...blobs: ReturnType<typeof blob>[]) => planFiles(blobs, 'pets/').map(({ file }) => file);

it('makes files of blobs, without markers of folders and what is hidden', () => {
  const blobs = [
    'pets/a/1.jpg',
    'pets/a/',
    'pets/.DS_Store',
    'pets/__MACOSX/1.jpg',
    'pets/b c/é.jpg',
    'other/1.jpg',
  ];
  // An account with a hierarchy lists a folder as an empty blob.
  expect(plan(blob('pets/a', 0), blob('pets/b c', 0), ...blobs.map((path) => blob(path)))).toEqual([
    'a/1.jpg',
    'b c/é.jpg',
  ]);
});

test.each([
  ['pets/../1.jpg', 'leads out of the folder'],
  ['pets/a/../../../1.jpg', 'leads out of the folder'],
  ['pets//etc/passwd', 'leads out of the folder'],
  ['pets/a/./1.jpg', 'leads out of the folder'],
  ['pets/a\\..\\1.jpg', 'a backslash'],
  ['pets/C:1.jpg', 'a drive letter'],
  ['pets/a\n1.jpg', 'a control character'],
  [`pets/${'é'.repeat(128)}.jpg`, 'longer than a file can have'],
])('refuses %j', (path, fault) => {
  expect(() => plan(blob('pets/a/1.jpg'), blob(path))).toThrow(fault);
});

it('refuses a blob where the folder of others has to be', () => {
  expect(() => plan(blob('pets/a', 5), blob('pets/a/1.jpg'))).toThrow('there is a folder of the same name');
});
