import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../../../core/hash.ts';
import { readPhotograph } from '../../../core/image/read.ts';
import { loadSession } from '../../../core/inference/session.ts';
import type { ModelInput } from '../../../core/manifest.ts';
import { asLayersModel, convertBase } from '../../../training/features/base-models.ts';
import { cacheFolder, NO_CACHE, openCache } from '../../../training/features/cache.ts';
import { extractRows } from '../../../training/features/extract.ts';
import { mirror, randomRegion, readViews, trainingViews } from '../../../training/features/views.ts';
import { drawPhotograph } from '../../helpers/drawn-photographs.ts';
import { tinyNetwork } from '../../helpers/tiny-base.ts';

const input: ModelInput = {
  width: 32,
  height: 32,
  resize: { fit: 'cover', kernel: 'lanczos3', background: [255, 255, 255] },
  scaling: { mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] },
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pawprint-features-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('views', () => {
  const views = trainingViews({ crops: 3, cropArea: 0.35, seed: 1 });

  // Field cases 80 and 84.
  it('have as the original the very pixels that serving reads', async () => {
    const bytes = await drawPhotograph([200, 10, 10], 'a');
    const [original, mirrored, ...crops] = await readViews(bytes, { views, input, sha256: 'a' });
    expect(original).toEqual((await readPhotograph(bytes, { input })).pixels);
    expect(mirrored).toEqual(mirror(original!, 32));
    expect(crops.map(({ length }) => length)).toEqual([3072, 3072, 3072]);
  });

  it('have crops that the seed and the photograph decide', async () => {
    const bytes = await drawPhotograph([200, 10, 10], 'a');
    const read = (seed: number, hash: string) =>
      readViews(bytes, { views: trainingViews({ crops: 2, cropArea: 0.35, seed }), input, sha256: hash });
    const first = await read(1, 'a');
    expect(await read(1, 'a')).toEqual(first);
    expect((await read(2, 'a')).slice(2)).not.toEqual(first.slice(2));
    expect((await read(1, 'b')).slice(2)).not.toEqual(first.slice(2));
    expect(first[2]).not.toEqual(first[3]);
  });

  it('mirror row by row', () => {
    expect([...mirror(Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]), 2)]).toEqual([
      4, 5, 6, 1, 2, 3, 10, 11, 12, 7, 8, 9,
    ]);
  });

  it.each([
    [600, 400],
    [200, 1000],
    [33, 32],
    [3, 900],
  ])('crop within a picture of %d x %d, without stretching, of an area in the range', (width, height) => {
    const largest = Math.min(width, height) ** 2;
    for (let i = 0; i < 200; i++) {
      const region = randomRegion({ width, height }, input, { cropArea: 0.35, key: `${i}` });
      expect(region.left + region.width).toBeLessThanOrEqual(width);
      expect(region.top + region.height).toBeLessThanOrEqual(height);
      expect(region.width).toBe(region.height);
      const share = (region.width * region.height) / largest;
      if (width > 10) expect(share).toBeGreaterThan(0.33);
      expect(share).toBeLessThanOrEqual(1);
    }
  });
});

describe('the feature cache', () => {
  const onnx = Buffer.from('a model');
  const features = Float32Array.from([1, 2, 3]);

  it('gives back what was put, for that picture, view and model only', async () => {
    const cache = openCache(folder, onnx, { length: 3 });
    await cache.put('abcd', 'original', features);
    expect(await cache.get('abcd', 'original')).toEqual(features);
    expect(await cache.get('abcd', 'mirror')).toBeNull();
    expect(await cache.get('abce', 'original')).toBeNull();
    expect(await openCache(folder, Buffer.from('b'), { length: 3 }).get('abcd', 'original')).toBeNull();
  });

  it('takes a file that is cut off for none, and leaves no other files', async () => {
    const cache = openCache(folder, onnx, { length: 3 });
    await cache.put('abcd', 'original', features);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    expect(files.map(({ name }) => name)).toEqual(['abcd.original.f32']);
    writeFileSync(join(files[0]!.parentPath, files[0]!.name), 'half');
    expect(await cache.get('abcd', 'original')).toBeNull();
  });

  it("lies in the user's cache folder", () => {
    expect(cacheFolder({ XDG_CACHE_HOME: '/somewhere' })).toBe(join('/somewhere', 'pawprint'));
  });
});

test('extractRows gives rows in order, and computes none that the cache has', async () => {
  const pictures = [];
  mkdirSync(join(folder, 'pug'));
  for (let i = 0; i < 5; i++) {
    const bytes = await drawPhotograph([40 * i, 10, 10], `${i}`);
    writeFileSync(join(folder, 'pug', `${i}.jpg`), bytes);
    pictures.push({ path: `pug/${i}.jpg`, sha256: sha256(bytes), label: 0 });
  }
  const onnx = convertBase(asLayersModel(tinyNetwork(), 'float16'), { input });
  const session = await loadSession(onnx, { threads: 1 });
  let runs = 0;
  const run = (pixels: Uint8Array) => {
    runs++;
    return session.run(pixels);
  };
  const counted = { ...session, run };
  const views = trainingViews({ crops: 1, cropArea: 0.5, seed: 1 });
  const shared = { root: folder, views, input, session: counted };
  const rows = await extractRows(pictures, { ...shared, cache: NO_CACHE });
  expect([rows.n, rows.length, runs]).toEqual([15, 24, 15]);
  const single = await extractRows(pictures.slice(3, 4), { ...shared, views: ['mirror'], cache: NO_CACHE });
  expect(rows.values.subarray(10 * 24, 11 * 24)).toEqual(single.values);

  const cache = openCache(join(folder, 'cache'), onnx, { length: 24 });
  await extractRows(pictures.slice(0, 3), { ...shared, cache });
  runs = 0;
  const progress: number[] = [];
  const again = await extractRows(pictures, { ...shared, cache, onProgress: (done) => progress.push(done) });
  expect(runs).toBe(6);
  expect(progress.at(-1)).toBe(15);
  expect(again).toEqual(rows);
  await session.dispose();
});
