import { InvalidModelError } from '../../../core/errors.ts';
import { decodeClassMeans, decodeGolden, encodeClassMeans, encodeGolden } from '../../../core/golden.ts';
import { aTrainedManifest } from '../../helpers/manifests.ts';

const manifest = aTrainedManifest({ golden: { n: 1, height: 1, width: 2, classes: 2 } });
const golden = {
  n: 1,
  pixels: Uint8Array.of(1, 2, 3, 4, 5, 6),
  probabilities: { float32: Float32Array.of(0.25, 0.75), int8: Float32Array.of(0.5, 0.5) },
};

test('golden.bin: pixels, then the probabilities of float32, then of int8, little endian', () => {
  const bytes = encodeGolden(golden);
  expect(Buffer.from(bytes).toString('hex')).toBe('010203040506' + '0000803e0000403f' + '0000003f0000003f');
  const read = decodeGolden(bytes, manifest);
  expect([...read.pixels]).toEqual([1, 2, 3, 4, 5, 6]);
  expect(read.probabilities).toEqual(golden.probabilities);
});

test('class-means.bin keeps a block for each precision', () => {
  const means = {
    float32: Float32Array.from({ length: 8 }, (_, i) => i),
    int8: new Float32Array(8).fill(0.5),
  };
  expect(decodeClassMeans(encodeClassMeans(means), manifest)).toEqual(means);
});

test('refuses a file of another size, with both sizes', () => {
  const cut = encodeGolden(golden).subarray(1);
  expect(() => decodeGolden(cut, manifest)).toThrow(InvalidModelError);
  expect(() => decodeGolden(cut, manifest)).toThrow('golden.bin has 21 bytes; by the manifest it has 22.');
});
