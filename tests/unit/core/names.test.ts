import { BadRequestError } from '../../../core/errors.ts';
import { compareBytes, contentHash } from '../../../core/hash.ts';
import { versionOfManifest } from '../../../core/storage/names.ts';
import { isVersion, makeVersion, parseVersion } from '../../../core/version.ts';

const VERSION = '20261125T081500Z-1c9f00aa';

test('a version is the time and the first eight digits of the content', () => {
  expect(makeVersion(new Date('2026-11-25T08:15:00.123Z'), '1c9f00aabb')).toBe(VERSION);
  expect(isVersion(VERSION)).toBe(true);
});

test.each([
  '',
  '..',
  '20261125T081500Z',
  `${VERSION}/..`,
  ` ${VERSION}`,
  `${VERSION}\n`,
  VERSION.toUpperCase(),
])('refuses %j as a version', (text) => {
  expect(() => parseVersion(text)).toThrow(BadRequestError);
});

test("knows a version's manifest from every other blob", () => {
  expect(versionOfManifest(`${VERSION}/manifest.json`)).toBe(VERSION);
  for (const path of [
    `${VERSION}/model.json`,
    `a/${VERSION}/manifest.json`,
    'x/manifest.json',
    `${VERSION}/a/manifest.json`,
  ]) {
    expect(versionOfManifest(path)).toBeUndefined();
  }
});

test("the content's hash doesn't depend on the order of the files", () => {
  const files = [
    { path: 'b', sha256: '1' },
    { path: 'a', sha256: '2' },
  ];
  expect(contentHash(files)).toBe(contentHash([...files].reverse()));
  expect(contentHash(files)).not.toBe(
    contentHash([
      { path: 'b', sha256: '2' },
      { path: 'a', sha256: '1' },
    ]),
  );
});

// Field case 83: byte order, not the locale's.
test('labels are ordered by bytes', () => {
  const labels = ['beagle', 'Bengal', 'american_bulldog', 'Abyssinian', 'Ägäis'];
  expect(labels.sort(compareBytes)).toEqual(['Abyssinian', 'Bengal', 'american_bulldog', 'beagle', 'Ägäis']);
});
