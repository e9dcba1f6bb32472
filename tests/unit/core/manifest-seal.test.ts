/** The manifest's own SHA-256: what the hashes of the other files can't prove. */
import { InvalidModelError } from '../../../core/errors.ts';
import { formatManifest, parseManifest } from '../../../core/manifest.ts';
import { aTrainedManifest } from '../../helpers/manifests.ts';

test('one bit turned over anywhere in a manifest is refused with its name', () => {
  const bytes = Buffer.from(formatManifest(aTrainedManifest()));
  const taken: number[] = [];
  for (let at = 0; at < bytes.length; at++) {
    const damaged = Buffer.from(bytes);
    damaged[at]! ^= 1 << (at % 8);
    try {
      parseManifest(damaged);
      taken.push(at);
    } catch (error) {
      expect(error).toBeInstanceOf(InvalidModelError);
      expect((error as Error).message).toContain('manifest.json');
    }
  }
  expect(taken).toEqual([]);
});

test('a temperature that was changed by hand is noticed, and the message says what to do', () => {
  const changed = formatManifest(aTrainedManifest()).replace('"float32": 1,', '"float32": 2,');
  expect(() => parseManifest(changed)).toThrow(/manifest\.json is damaged.*who means the change leaves out/);
});

test('a manifest without a seal is taken: it may be written by hand', () => {
  const manifest = aTrainedManifest();
  expect(parseManifest(JSON.stringify(manifest))).toEqual(manifest);
});

test('white space is nobody’s concern', () => {
  const manifest = aTrainedManifest();
  expect(parseManifest(JSON.stringify(JSON.parse(formatManifest(manifest))))).toEqual(manifest);
});
