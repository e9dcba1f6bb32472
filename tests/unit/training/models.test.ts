/** Finding a version, choosing how it answers, and what its answers come to. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvalidModelError, NotFoundError } from '../../../core/errors.ts';
import { sha256 } from '../../../core/hash.ts';
import { FILE, formatManifest, type Manifest, type ManifestFile } from '../../../core/manifest.ts';
import type { PictureAnswer } from '../../../training/models/ask-model.ts';
import { parseEvaluateOptions, parsePredictOptions } from '../../../training/models/command-line.ts';
import { figuresOf } from '../../../training/models/figures.ts';
import { findModel, type Places } from '../../../training/models/find-model.ts';
import { findPhotographs } from '../../../training/models/find-photographs.ts';
import { formatCsv, formatLeftOut } from '../../../training/models/format.ts';
import { heldBackHashes } from '../../../training/models/held-back.ts';
import { matchBreeds } from '../../../training/models/match-breeds.ts';
import { choosePrecision } from '../../../training/models/open-model.ts';
import { drawPhotograph } from '../../helpers/drawn-photographs.ts';
import { aTrainedManifest, someMetrics } from '../../helpers/manifests.ts';

const folder = mkdtempSync(join(tmpdir(), 'pawprint-models-'));
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const LABELS = [
  { name: 'Bengal', species: 'cat' },
  { name: 'Siamese', species: 'cat' },
  { name: 'beagle', species: 'dog' },
] as const;

/** A manifest in `place`, with the files that it lists. */
function writeVersion(place: string, manifest: Manifest = aTrainedManifest()): Manifest {
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, FILE.manifest), formatManifest(manifest));
  for (const { path } of manifest.files) writeFileSync(join(place, path), path);
  return manifest;
}

function places(changes: Partial<Places> = {}): Places {
  return { starter: join(folder, 'starter'), trained: join(folder, 'trained'), storage: null, ...changes };
}

/** Blob Storage that has one manifest, and notes what it is asked for. */
function aStorage(container: string, manifest: Manifest) {
  const asked: string[] = [];
  const storage = {
    async find(where: string, path: string) {
      asked.push(`${where}/${path}`);
      const bytes = Buffer.from(formatManifest(manifest));
      return where === container ? { bytes, etag: 'x' } : undefined;
    },
    async readModelFile(where: string, version: string, { path }: ManifestFile) {
      return Buffer.from(`${where}/${version}/${path}`);
    },
  };
  return { storage, asked };
}

describe('a model is found', () => {
  it('as the starter, in a folder, and by its name among those trained here', async () => {
    const { version } = writeVersion(join(folder, 'starter'));
    writeVersion(join(folder, 'trained', version));
    for (const [name, place] of [
      ['starter', join(folder, 'starter')],
      [join(folder, 'starter'), join(folder, 'starter')],
      [version, join(folder, 'trained', version)],
    ] as const) {
      const found = await findModel(name, places());
      expect([found.manifest.version, found.place]).toEqual([version, place]);
      expect((await found.read(FILE.golden)).toString()).toBe(FILE.golden);
    }
  });

  it('in Blob Storage when it is not here, the servable one first', async () => {
    const manifest = aTrainedManifest({ version: '20261125T090000Z-aaaaaaaa' });
    const { storage, asked } = aStorage('trained', manifest);
    const found = await findModel(manifest.version, places({ storage }));
    expect(asked).toEqual([
      `models/${manifest.version}/manifest.json`,
      `trained/${manifest.version}/manifest.json`,
    ]);
    expect(found.place).toBe('the container trained');
    expect((await found.read(FILE.golden)).toString()).toBe(`trained/${manifest.version}/golden.bin`);
  });

  it('or the error says where it was looked for and which versions there are', async () => {
    const { version } = writeVersion(join(folder, 'trained', aTrainedManifest().version));
    const missing = '20261125T090000Z-bbbbbbbb';
    const error = await findModel(missing, places()).catch((thrown: Error) => thrown);
    expect(error).toBeInstanceOf(NotFoundError);
    expect((error as Error).message).toContain(`There is no version ${missing}`);
    expect((error as Error).message).toContain(join(folder, 'trained'));
    expect((error as Error).message).toContain(version);
    expect((error as Error).message).toContain("MODEL_STORAGE isn't set");
    const { storage } = aStorage('nowhere', aTrainedManifest());
    await expect(findModel(missing, places({ storage }))).rejects.toThrow('containers models and trained');
  });

  it('or a word that is no version says what --model takes', async () => {
    await expect(findModel('stater', places())).rejects.toThrow(
      /no model "stater".*starter, a folder with a manifest\.json, or a version/,
    );
  });

  it('and a file that has changed since is refused by name', async () => {
    const place = join(folder, 'damaged');
    writeVersion(place);
    writeFileSync(join(place, FILE.golden), 'GOLDEN.bin');
    const found = await findModel(place, places());
    await expect(found.read(FILE.golden)).rejects.toThrow(InvalidModelError);
    await expect(found.read(FILE.golden)).rejects.toThrow(join(place, FILE.golden));
    await expect(found.read('other.bin')).rejects.toThrow("doesn't list other.bin");
  });
});

describe('int8 answers unless it loses more than a point of top-1', () => {
  const choose = (float32: number, int8: number, n = 500) =>
    choosePrecision(
      aTrainedManifest({
        metrics: { float32: someMetrics({ top1: float32, n }), int8: someMetrics({ top1: int8, n }) },
      }),
    );

  it.each([
    [0.9, 0.9, 'int8', 'int8 has the same top-1 by its own figures'],
    [0.9, 0.895, 'int8', 'int8 loses 0.5 points'],
    [0.9, 0.91, 'int8', 'int8 gains 1.0 points'],
    [0.9, 0.88, 'float32', 'int8 loses 2.0 points'],
  ])('float32 %d, int8 %d', (float32, int8, precision, why) => {
    expect(choose(float32, int8).precision).toBe(precision);
    expect(choose(float32, int8).why).toContain(why);
  });

  it('and float32 where there are no figures', () => {
    expect(choose(0, 0, 0)).toEqual({ precision: 'float32', why: 'it has no figures' });
  });
});

describe('breeds are matched by their exact names', () => {
  it('with a hint for one that is written otherwise', () => {
    expect(matchBreeds(['Bengal', 'Beagle', 'siamese_', 'Boxer'], LABELS)).toEqual({
      labelOf: [0, null, null, null],
      unknown: [
        { name: 'Beagle', nearest: 'beagle' },
        { name: 'siamese_', nearest: 'Siamese' },
        { name: 'Boxer', nearest: null },
      ],
    });
  });

  it('and what is left out is listed', () => {
    const skipped = Array.from({ length: 12 }, (_, i) => ({ path: `Bengal/${i}.jpg`, reason: 'cut off' }));
    const lines = formatLeftOut(skipped, [{ name: 'Beagle', nearest: 'beagle' }]).join('\n');
    expect(lines).toContain("Beagle: the model doesn't know this breed by that name, but beagle");
    expect(lines).toContain('skipped 12 files');
    expect(lines).toContain('and 2 more');
  });
});

describe('figures', () => {
  const answer = (label: number, predicted: number, changes: Partial<PictureAnswer> = {}) => ({
    path: `${label}.jpg`,
    sha256: sha256(`${label}`),
    label,
    predicted,
    rank: label === predicted ? 1 : 2,
    score: 0.9,
    reason: null,
    ...changes,
  });

  it('are shares of the answers, the classes counting the same in the mean', () => {
    const answers = [
      answer(0, 0),
      answer(0, 0),
      answer(0, 1, { reason: 'ambiguous' }),
      answer(2, 0, { rank: 4, reason: 'unknown' }),
    ];
    const figures = figuresOf(answers, LABELS);
    expect(figures).toEqual({
      n: 4,
      top1: 2 / 4,
      top3: 3 / 4,
      meanPerClass: (2 / 3 + 0) / 2,
      species: 3 / 4,
      ece: expect.closeTo(0.4, 10),
      confidentShare: 2 / 4,
      confidentTop1: 1,
    });
  });

  it('are numbers where nothing was answered, or nothing with confidence', () => {
    expect(Object.values(figuresOf([], LABELS))).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    expect(figuresOf([answer(0, 0, { reason: 'unknown' })], LABELS)).toMatchObject({
      confidentShare: 0,
      confidentTop1: 0,
    });
  });

  it('go into CSV with quotes where a name needs them', () => {
    const [header, row] = formatCsv([answer(0, 2, { path: 'a, "b".jpg', reason: 'unknown' })], LABELS).split(
      '\r\n',
    );
    expect(header).toBe('path,sha256,label,predicted,rank,score,confident,reason');
    expect(row).toBe(`"a, ""b"".jpg",${sha256('0')},Bengal,beagle,2,0.900000,false,unknown`);
  });
});

test('the pictures held back are those of evaluation.json, and a file without them is refused', () => {
  const evaluation = JSON.stringify({ pictures: [{ sha256: 'a', label: 'pug' }, { sha256: 'b' }] });
  expect([...heldBackHashes(Buffer.from(evaluation))]).toEqual(['a', 'b']);
  for (const wrong of ['[]', '{', '{"pictures": [1]}']) {
    expect(() => heldBackHashes(Buffer.from(wrong))).toThrow(InvalidModelError);
  }
});

describe('command lines', () => {
  it('have defaults', () => {
    expect(parseEvaluateOptions(['--data', 'x'])).toEqual({
      data: 'x',
      sha256: '',
      model: 'starter',
      precision: null,
      heldBack: false,
      limit: null,
      csv: null,
      json: false,
    });
    expect(parsePredictOptions(['a.jpg', 'b', '--top=5'])).toMatchObject({
      photographs: ['a.jpg', 'b'],
      top: 5,
    });
  });

  it.each([
    [[], '--data is missing'],
    [['--data', 'x', '--modle', 'y'], "Unknown option '--modle'"],
    [['--data', 'x', '--precision', 'int4'], 'one of float32, int8'],
    [['--data', 'x', '--limit', '0'], '--limit is "0"'],
  ])('%j is refused', (words, message) => {
    expect(() => parseEvaluateOptions(words)).toThrow(message);
  });

  it('without a photograph are refused', () => {
    expect(() => parsePredictOptions(['--top', '3'])).toThrow('No photograph is named');
  });
});

test('a folder stands for its pictures, by their bytes and not their names', async () => {
  const place = join(folder, 'photographs');
  mkdirSync(join(place, 'inner'), { recursive: true });
  const jpeg = await drawPhotograph([200, 40, 40], 'a');
  writeFileSync(join(place, 'b.jpg'), jpeg);
  writeFileSync(join(place, 'inner', 'photo.txt'), jpeg);
  writeFileSync(join(place, 'notes.jpg'), 'no picture');
  writeFileSync(join(place, '._b.jpg'), jpeg);
  expect(await findPhotographs([place, 'missing.jpg'])).toEqual([
    join(place, 'b.jpg'),
    join(place, 'inner', 'photo.txt'),
    'missing.jpg',
  ]);
});
