/**
 * The ranges of int8 as training finds them: least and largest value, or a percentile; and what the manifest says of it.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidModelError } from '../../core/errors.ts';
import { sha256 } from '../../core/hash.ts';
import { loadSession } from '../../core/inference/session.ts';
import { convertFiles } from '../../core/lifecycle/convert-version.ts';
import { formatManifest, type ModelInput, parseManifest } from '../../core/manifest.ts';
import { type Calibration, calibrationGraph } from '../../core/onnx/convert.ts';
import type { Picture } from '../../training/data/data-set.ts';
import { asLayersModel, convertBase } from '../../training/features/base-models.ts';
import { calibrateBase } from '../../training/features/calibrate-base.ts';
import { openHistogram, percentileRange } from '../../training/features/histogram.ts';
import { readViews } from '../../training/features/views.ts';
import { readSettings } from '../../training/read-settings.ts';
import { drawPhotograph, writeDrawnPhotographs } from '../helpers/drawn-photographs.ts';
import { aTrainedManifest } from '../helpers/manifests.ts';
import { ROOT } from '../helpers/processes.ts';
import { tinyNetwork, writeTinyBase } from '../helpers/tiny-base.ts';

const SIZE = 32;
const input: ModelInput = {
  width: SIZE,
  height: SIZE,
  resize: { fit: 'cover', kernel: 'lanczos3', background: [255, 255, 255] },
  scaling: { mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] },
};
const model = asLayersModel(tinyNetwork({ size: SIZE }), 'float16');
const openSession = (onnx: Uint8Array) => loadSession(onnx, { threads: 1 });

let folder: string;
let pictures: Picture[];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pawprint-calibration-'));
  pictures = [];
  for (let i = 0; i < 6; i++) {
    const bytes = await drawPhotograph([40 * i, 200 - 30 * i, 90], `${i}`);
    writeFileSync(join(folder, `${i}.jpg`), bytes);
    pictures.push({ path: `${i}.jpg`, sha256: sha256(bytes), label: 0 });
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const calibrate = (percentile?: number) =>
  calibrateBase(model, pictures, {
    root: folder,
    input,
    openSession,
    ...(percentile === undefined ? {} : { percentile }),
  });

/** All values of each layer over all pictures, in order of size. */
async function sortedValues(): Promise<Record<string, Float32Array>> {
  const { onnx, layers } = calibrationGraph(model, { input, head: 'features', measure: 'values' });
  const session = await openSession(onnx);
  const found: Record<string, number[]> = Object.fromEntries(layers.map((layer) => [layer, []]));
  for (const picture of pictures) {
    const bytes = readFileSync(join(folder, picture.path));
    const [pixels] = await readViews(bytes, { views: ['original'], input, sha256: picture.sha256 });
    const outputs = await session.runAll(pixels!);
    for (const layer of layers) found[layer]!.push(...outputs[`${layer}:values`]!);
  }
  await session.dispose();
  return Object.fromEntries(
    Object.entries(found).map(([layer, values]) => [layer, Float32Array.from(values).sort()]),
  );
}

/** The share of a layer's values that lie within its range. */
function shareWithin(values: Float32Array, [low, high]: [number, number]): number {
  return values.filter((value) => value >= low && value <= high).length / values.length;
}

test('minmax takes the least and the largest value of each layer', async () => {
  const values = await sortedValues();
  const ranges = await calibrate();
  expect(Object.keys(ranges)).toEqual(['conv', 'depthwise', 'expand']);
  for (const [layer, range] of Object.entries(ranges)) {
    expect(range).toEqual([values[layer]![0], values[layer]!.at(-1)]);
  }
});

test.each([99.9, 99, 90])(
  'a percentile of %d leaves half of the rest out on each side, to a bin',
  async (percentile) => {
    const values = await sortedValues();
    const whole = await calibrate();
    const ranges = await calibrate(percentile);
    for (const [layer, [low, high]] of Object.entries(ranges)) {
      const sorted = values[layer]!;
      const [least, largest] = whole[layer]!;
      const bin = (largest - least) / 2048;
      const leftOut = Math.floor((sorted.length * (100 - percentile)) / 200);
      // The value up to which so many may be left out lies in the bin at the end of the range.
      expect(high).toBeGreaterThanOrEqual(sorted.at(-1 - leftOut)!);
      expect(high).toBeLessThan(sorted.at(-1 - leftOut)! + bin * 1.01);
      expect(low).toBeLessThanOrEqual(sorted[leftOut]!);
      expect(low).toBeGreaterThan(sorted[leftOut]! - bin * 1.01);
      expect(shareWithin(sorted, [low, high])).toBeGreaterThanOrEqual(percentile / 100);
    }
    expect(sum(ranges)).toBeLessThan(sum(whole));
  },
);

test('a percentile of 100 is the whole range', async () => {
  expect(await calibrate(100)).toEqual(await calibrate());
});

test('the int8 file of a percentile is another, and answers nearly as float32', async () => {
  const [whole, cut] = [await calibrate(), await calibrate(99.9)];
  const bytes = readFileSync(join(folder, pictures[1]!.path));
  const [pixels] = await readViews(bytes, { views: ['original'], input, sha256: pictures[1]!.sha256 });
  const featuresOf = async (calibration?: Calibration) => {
    const session = await openSession(convertBase(model, { input, ...(calibration ? { calibration } : {}) }));
    const { features } = await session.run(pixels!);
    await session.dispose();
    return features;
  };
  const expected = await featuresOf();
  const largest = Math.max(...expected);
  const [byWhole, byCut] = [await featuresOf(whole), await featuresOf(cut)];
  expect(byCut).not.toEqual(byWhole);
  for (const answer of [byWhole, byCut]) {
    answer.forEach((value, index) => {
      expect(Math.abs(value - expected[index]!)).toBeLessThan(0.05 * largest);
    });
  }
});

test('a rare large value no longer takes up most of the range', () => {
  const values = Float32Array.from({ length: 10_000 }, (_, index) => index / 10_000);
  const histogram = openHistogram([-3, 100]);
  histogram.add(values);
  histogram.add(Float32Array.of(-3, 100));
  expect(percentileRange(histogram, 100)).toEqual([-3, 100]);
  const [low, high] = percentileRange(histogram, 99.9);
  const bin = 103 / 2048;
  expect(low).toBeGreaterThan(-bin);
  expect(high).toBeLessThan(1 + bin);
  expect(high).toBeGreaterThan(0.99);
});

test('a layer that is always the same keeps its value', () => {
  const histogram = openHistogram([3, 3]);
  histogram.add(new Float32Array(100).fill(3));
  expect(percentileRange(histogram, 99)).toEqual([3, 3]);
});

test('the settings of calibration are checked', () => {
  const read = (...words: string[]) => readSettings(words).settings;
  expect(read()).toMatchObject({ calibrationMethod: 'minmax', calibrationPercentile: 99.99 });
  expect(read('--calibration-method', 'percentile', '--calibration-percentile', '99.9')).toMatchObject({
    calibrationMethod: 'percentile',
    calibrationPercentile: 99.9,
  });
  expect(() => read('--calibration-method', 'entropy')).toThrow(/--calibration-method.*minmax, percentile/);
  expect(() => read('--calibration-percentile', '101')).toThrow(/--calibration-percentile/);
});

test.each<[string, object, boolean]>([
  ['minmax, as all older ones', { method: 'minmax' }, true],
  ['a percentile', { method: 'percentile', percentile: 99.99 }, true],
  ['a percentile that is not said', { method: 'percentile' }, false],
  ['a percentile with minmax', { method: 'minmax', percentile: 99 }, false],
  ['another method', { method: 'entropy' }, false],
  ['a percentile above 100', { method: 'percentile', percentile: 101 }, false],
])('a manifest with %s is read or refused', (_, calibration, isValid) => {
  const manifest = { ...aTrainedManifest(), calibration: { photographs: 64, ...calibration } };
  const read = () => parseManifest(formatManifest(manifest as ReturnType<typeof aTrainedManifest>));
  if (isValid) expect(read().calibration).toEqual(manifest.calibration);
  else expect(read).toThrow(InvalidModelError);
});

test('npm run train writes what it used into the manifest, and the function converts to the same bytes', async () => {
  const photographs = join(folder, 'photographs');
  const base = join(folder, 'base');
  const out = join(folder, 'out');
  mkdirSync(photographs);
  writeTinyBase(base);
  await writeDrawnPhotographs(photographs);
  const words = ['--calibration-method', 'percentile', '--calibration-percentile', '99.5'];
  const run = spawnSync(
    join(ROOT, 'node_modules', '.bin', 'node'),
    [
      join(ROOT, 'training', 'train.ts'),
      ...[
        '--data',
        photographs,
        '--base',
        base,
        '--out',
        out,
        '--engine',
        'wasm',
        '--crops',
        '0',
        '--folds',
        '2',
      ],
      ...words,
    ],
    { encoding: 'utf8', env: { ...process.env, XDG_CACHE_HOME: join(folder, 'cache') }, timeout: 60_000 },
  );
  expect(run.stderr).toBe('');
  const [version] = readdirSync(out);
  const manifest = parseManifest(readFileSync(join(out, version!, 'manifest.json')));
  expect(manifest.calibration).toEqual({ photographs: 30, method: 'percentile', percentile: 99.5 });
  const files = new Map(manifest.files.map(({ path }) => [path, readFileSync(join(out, version!, path))]));
  const converted = convertFiles(manifest, files);
  expect(sha256(converted.int8)).toBe(manifest.servable['model.int8.onnx']);
});

function sum(ranges: Calibration): number {
  return Object.values(ranges).reduce((total, [low, high]) => total + high - low, 0);
}
