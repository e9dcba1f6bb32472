import { formatEvaluation } from '../../../../core/evaluation.ts';
import { sha256 } from '../../../../core/hash.ts';
import { formatManifest } from '../../../../core/manifest.ts';
import { compareVersions } from '../../../../core/registry/compare-versions.ts';
import { aFile, aTrainedManifest, someMetrics } from '../../../helpers/manifests.ts';
import { aRegistry, version } from './worlds.ts';

const [A, B] = ['A', 'B'].map(version) as [string, string];

/** What a version said of a picture: its name, its label, and whether float32 and int8 were right. */
type Said = [picture: string, label: 'Bengal' | 'beagle', float32: boolean, int8: boolean];

function aWorld() {
  const world = aRegistry();
  const put = async (letter: 'A' | 'B', said: Said[], precision: 'float32' | 'int8' = 'int8') => {
    const pictures = said.map(([picture, label, ...right]) => {
      const other = label === 'Bengal' ? 'beagle' : 'Bengal';
      const [float32, int8] = right;
      return {
        sha256: sha256(picture),
        label,
        rank: { float32: float32 ? 1 : 2, int8: int8 ? 1 : 2 },
        predicted: { float32: float32 ? label : other, int8: int8 ? label : other },
      };
    });
    const evaluation = formatEvaluation({ pictures });
    const files = ['golden.bin', 'class-means.bin', 'model.onnx', 'model.int8.onnx'].map((path) =>
      aFile(path),
    );
    const nothing = { identical: true, largestDifference: 0 };
    const manifest = aTrainedManifest({
      stage: 'servable',
      version: version(letter),
      files: [...files, aFile('evaluation.json', evaluation)],
      conversion: { trainedManifest: sha256('x'), float32: nothing, int8: nothing },
      metrics: { float32: someMetrics(), int8: someMetrics({ n: said.length, top1: 0.5 }) },
    });
    await world.storage.createOnce('models', `${version(letter)}/evaluation.json`, Buffer.from(evaluation));
    await world.storage.createOnce(
      'models',
      `${version(letter)}/manifest.json`,
      Buffer.from(formatManifest(manifest)),
    );
    await world.register(letter, { precision });
  };
  return { ...world, put };
}

test('pairs the pictures that both held back, at what each serves, and tests the difference exactly', async () => {
  const { storage, put } = aWorld();
  // By int8: B is right where A is wrong on five pictures, the other way round on one.
  const shared = ['1', '2', '3', '4', '5', '6', '7', '8'];
  await put('A', [
    ...shared.map((name, i): Said => [name, 'Bengal', true, i >= 5]),
    ['only A', 'beagle', true, true],
  ]);
  await put('B', [
    ...shared.map((name, i): Said => [name, 'Bengal', false, i !== 5]),
    ['only B', 'beagle', true, true],
  ]);
  const comparison = await compareVersions(storage, A, B);
  expect(comparison).toMatchObject({ pairs: 8, labelledOtherwise: 0, onlyAIsRight: 1, onlyBIsRight: 5 });
  // Of six fair coins one or none on a side: 2 (1 + 6) / 64.
  expect(comparison.p).toBeCloseTo(14 / 64, 12);
  expect(comparison.a).toMatchObject({ version: A, precision: 'int8', own: { n: 9, top1: 0.5 } });
  expect(comparison.a.paired).toEqual({ n: 8, top1: 3 / 8, top3: 1, meanPerClass: 3 / 8 });
  expect(comparison.b.paired).toMatchObject({ top1: 7 / 8 });
});

test('each class counts the same in the mean', async () => {
  const { storage, put } = aWorld();
  const said: Said[] = [
    ['1', 'Bengal', true, true],
    ['2', 'Bengal', true, true],
    ['3', 'Bengal', true, true],
    ['4', 'beagle', true, false],
  ];
  await put('A', said, 'int8');
  await put('B', said, 'float32');
  const { a, b } = await compareVersions(storage, A, B);
  expect([a.paired.top1, a.paired.meanPerClass]).toEqual([0.75, 0.5]);
  // At float32 the other answer counts.
  expect([b.precision, b.paired.top1]).toEqual(['float32', 1]);
});

test('says when there is nothing to pair by, and leaves out what is labelled otherwise', async () => {
  const { storage, put } = aWorld();
  await put('A', [['1', 'Bengal', true, true]]);
  await put('B', [['1', 'beagle', true, true]]);
  const comparison = await compareVersions(storage, A, B);
  expect(comparison).toMatchObject({ pairs: 0, labelledOtherwise: 1, p: null });
  expect(comparison.a.paired).toEqual({ n: 0, top1: null, top3: null, meanPerClass: null });
});

test('refuses a version that is not there, and one whose evaluation is damaged', async () => {
  const { storage, put, blobs } = aWorld();
  await put('A', [['1', 'Bengal', true, true]]);
  await expect(compareVersions(storage, A, B)).rejects.toThrow(`Version ${B} has no files in models`);
  await put('B', [['1', 'Bengal', true, true]]);
  blobs.get(`models/${B}/evaluation.json`)!.bytes[20]! ^= 1;
  await expect(compareVersions(storage, A, B)).rejects.toThrow('evaluation.json');
});
