import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvalidModelError } from '../../../core/errors.ts';
import {
  displayName,
  filePathSchema,
  formatManifest,
  manifestJsonSchema,
  parseManifest,
} from '../../../core/manifest.ts';
import { aFile, aTrainedManifest } from '../../helpers/manifests.ts';

const parse = (manifest: unknown) => parseManifest(JSON.stringify(manifest));

test('reads what it writes', () => {
  const manifest = aTrainedManifest();
  expect(parseManifest(formatManifest(manifest))).toEqual(manifest);
});

test('refuses another schema version and names those it understands', () => {
  expect(() => parse({ ...aTrainedManifest(), schemaVersion: 2 })).toThrow(/schemaVersion 2.*understands 1/);
  expect(() => parse({})).toThrow(/schemaVersion none/);
});

test('names the fields that are wrong', () => {
  const manifest = { ...aTrainedManifest(), temperature: { float32: -1, int8: 1 }, extra: true };
  expect(() => parse(manifest)).toThrow(/temperature\.float32[\s\S]*|extra/);
  expect(() => parse(manifest)).toThrow(InvalidModelError);
});

test('refuses what is not JSON', () => {
  expect(() => parseManifest('<html>')).toThrow('manifest.json is not valid JSON');
});

test.each([
  [
    'two labels of one name',
    { labels: [aTrainedManifest().labels[0]!, aTrainedManifest().labels[0]!] },
    /same name/,
  ],
  ['a file listed twice', { files: [...aTrainedManifest().files, aFile('model.json')] }, /listed twice/],
  ['no weights description', { files: [aFile('golden.bin')] }, /model\.json is missing/],
  ['golden inputs of another size', { golden: { n: 1, height: 8, width: 8, classes: 2 } }, /golden/],
  ['class means of other classes', { classMeans: { classes: 3, features: 4 } }, /classMeans\.classes/],
])('refuses %s', (_, changes, message) => {
  expect(() => parse({ ...aTrainedManifest(), ...changes })).toThrow(message);
});

test.each([
  '../x',
  '/etc/passwd',
  'a\\b',
  'https://x/y',
  'a//b',
  '.hidden',
  'a/../b',
  'a\0b',
  'a\nb',
  '',
  'a/b/c/d/e',
])('refuses the path %j', (path) => {
  expect(filePathSchema.safeParse(path).success).toBe(false);
});

test('takes plain relative paths', () => {
  for (const path of ['model.json', 'group1-shard1of2.bin', 'weights/0.bin']) {
    expect(filePathSchema.safeParse(path).success).toBe(true);
  }
});

test('the published JSON Schema is the one of the code: npm run schema writes it', () => {
  const published = readFileSync(join(__dirname, '../../../core/manifest.schema.json'), 'utf8');
  expect(JSON.parse(published)).toEqual(JSON.parse(JSON.stringify(manifestJsonSchema())));
});

test('labels are shown as people read them', () => {
  expect(displayName('american_pit_bull_terrier')).toBe('American Pit Bull Terrier');
  expect(displayName('Egyptian_Mau')).toBe('Egyptian Mau');
});
