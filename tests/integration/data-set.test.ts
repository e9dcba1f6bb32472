/**
 * Sets of photographs as people have them: one with everything wrong, an archive of the Oxford kind with its
 * own lists, and the summary of a set as a child process.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { type PreparedPhotographs, preparePhotographs } from '../../training/data/prepare.ts';
import { readSettings } from '../../training/read-settings.ts';
import { makeTar, type TarEntry } from '../helpers/archives.ts';
import { drawPhotograph } from '../helpers/drawn-photographs.ts';
import { runNode } from '../helpers/processes.ts';
import { writeTinyBase } from '../helpers/tiny-base.ts';
import { NEAR_DUPLICATES, WRONG_NOTES, WRONG_THINGS, writeWrongDataSet } from '../helpers/wrong-data-set.ts';

const ROOT = join(__dirname, '..', '..');
const NODE = join(ROOT, 'node_modules', '.bin', 'node');

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pawprint-data-set-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function prepare(...words: string[]): Promise<PreparedPhotographs & { lines: string[] }> {
  const lines: string[] = [];
  const reporter = {
    line: (text: string) => void lines.push(text),
    progress: () => ({ onProgress: () => {}, end: () => {} }),
  };
  const { settings } = readSettings(words);
  return { ...(await preparePhotographs(settings, { cache: join(folder, 'cache'), reporter })), lines };
}

describe('a data set with one of everything wrong', () => {
  let root: string;
  let prepared: Awaited<ReturnType<typeof prepare>>;
  beforeAll(async () => {
    root = join(folder, 'wrong');
    await writeWrongDataSet(root);
    prepared = await prepare('--data', root);
  });

  // Field cases 29, 32 and 33.
  it.each(Object.entries(WRONG_THINGS))('lists %s', (path, reason) => {
    const entry = prepared.data.skipped.find((one) => one.path === path);
    expect(entry?.reason).toContain(reason);
  });

  it('lists nothing else, and each once', () => {
    const listed = prepared.data.skipped.map(({ path }) => path);
    expect([...listed].sort()).toEqual([...Object.keys(WRONG_THINGS), 'no_pictures/list.csv'].sort());
  });

  it.each(WRONG_NOTES)('notes: %s', (note) => {
    expect(prepared.data.notes.join('\n')).toContain(note);
    expect(prepared.lines.join('\n')).toContain(note);
  });

  // Field cases 27 and 30.
  it('uses every picture that is one, whatever it is called', () => {
    const { data, labels } = prepared;
    expect(labels).toEqual([
      { name: 'Green_Cat', species: 'cat' },
      { name: 'Red_Cat', species: 'cat' },
      { name: 'blue_dog', species: 'dog' },
    ]);
    const counts = labels.map((_, label) => data.pictures.filter((one) => one.label === label).length);
    expect(counts).toEqual([17, 13, 12]);
    const formats = new Set(data.pictures.map(({ info }) => info.format));
    expect([...formats].sort()).toEqual(['gif', 'jpeg', 'png']);
  });

  // Field case 88.
  it('keeps near-duplicates on one side, whatever the seed', async () => {
    for (const seed of ['1', '2', '3', '4']) {
      const { split } = await prepare('--data', root, '--seed', seed);
      expect(split.nearDuplicates).toContainEqual(NEAR_DUPLICATES);
      const held = split.evaluation.filter(({ path }) => NEAR_DUPLICATES.includes(path));
      expect([0, 2]).toContain(held.length);
      const training = new Set(split.training.map(({ sha256 }) => sha256));
      expect(split.evaluation.filter(({ sha256 }) => training.has(sha256))).toEqual([]);
      expect(split.training.length + split.evaluation.length).toBe(prepared.data.pictures.length);
    }
  });

  it('trains, and every wrong thing is in the report', async () => {
    const [base, out] = [join(folder, 'base'), join(folder, 'out')];
    writeTinyBase(base);
    await runNode([
      'training/train.ts',
      ...['--data', root, '--base', base, '--out', out, '--engine', 'wasm', '--cache', 'off'],
      ...['--report-pictures', 'off'],
    ]);
    const version = readdirSync(out).find((name) => !name.startsWith('.'))!;
    const report = readFileSync(join(out, version, 'report.html'), 'utf8');
    // As people read it: without markup, and with its characters.
    const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" };
    const text = report.replace(/<[^>]*>/g, '').replace(/&([\w#]+);/g, (_, name) => entities[name] ?? '');
    const said = [...Object.entries(WRONG_THINGS).flat(), ...WRONG_NOTES, ...NEAR_DUPLICATES];
    expect(said.filter((part) => !text.includes(part))).toEqual([]);
  }, 120_000);

  it('is summed up by npm run data, with a contact sheet', async () => {
    const sheet = join(folder, 'sheet.png');
    const run = (...words: string[]) =>
      spawnSync(NODE, [join(ROOT, 'training', 'data.ts'), 'summary', root, '--out', sheet, ...words], {
        encoding: 'utf8',
        timeout: 60_000,
      });
    const { status, stdout } = run('--json');
    expect(status).toBe(0);
    const summary = JSON.parse(stdout);
    expect(summary).toMatchObject({
      photographs: 43,
      species: { cat: { breeds: 2, photographs: 30 }, dog: { breeds: 2, photographs: 13 } },
      formats: { gif: 1, png: 1, jpeg: 41 },
      sides: { shorter: { min: 40, median: 48, max: 48 }, longer: { min: 50, median: 60, max: 60 } },
    });
    expect(summary.nearDuplicates).toContainEqual(NEAR_DUPLICATES);
    const { width, height, format } = await sharp(readFileSync(sheet)).metadata();
    expect([format, width, height]).toEqual(['png', 1602, 378]);

    const { stdout: text } = run();
    for (const path of Object.keys(WRONG_THINGS).filter((one) => !one.startsWith('lonely'))) {
      expect(text).toContain(`  ${path}: `);
    }
    expect(text).toContain(`contact sheet  ${sheet}, 1602 x 378 pixels`);
  });
});

describe('an archive of the Oxford kind', () => {
  const names = ['Abyssinian', 'great_pyrenees'].flatMap((breed) => [1, 2, 3, 4].map((n) => `${breed}_${n}`));
  let archive: string;
  beforeAll(async () => {
    const entries: TarEntry[] = [];
    for (const name of names) {
      entries.push({ name: `images/${name}.jpg`, content: await drawPhotograph([90, 20, 160], name) });
    }
    entries.push({ name: 'annotations/list.txt', content: '# x' });
    archive = join(folder, 'images.tar.gz');
    writeFileSync(archive, await makeTar(entries, { gzip: true }));
  });

  it('is read as it is, and split by its lists', async () => {
    const [trainval, test] = [join(folder, 'trainval.txt'), join(folder, 'test.txt')];
    const line = (name: string) => `${name} 1 1 1`;
    writeFileSync(
      trainval,
      names
        .filter((name) => /[12]$/.test(name))
        .map(line)
        .join('\n'),
    );
    writeFileSync(test, ['Abyssinian_3', 'great_pyrenees_3', 'pug_9'].map(line).join('\n'));
    const { data, labels, split, lines } = await prepare('--data', archive, '--split', `${trainval},${test}`);
    expect(labels).toEqual([
      { name: 'Abyssinian', species: 'cat' },
      { name: 'great_pyrenees', species: 'dog' },
    ]);
    expect(split.training.map(({ path }) => path)).toEqual([
      'images/Abyssinian_1.jpg',
      'images/Abyssinian_2.jpg',
      'images/great_pyrenees_1.jpg',
      'images/great_pyrenees_2.jpg',
    ]);
    expect(split.evaluation).toHaveLength(2);
    expect(data.pictures).toHaveLength(6);
    expect(data.skipped).toEqual([
      { path: 'annotations/', reason: 'not in images/, where the breeds are' },
      { path: 'images/Abyssinian_4.jpg', reason: 'in neither list' },
      { path: 'images/great_pyrenees_4.jpg', reason: 'in neither list' },
      { path: 'pug_9', reason: 'in test.txt, but there is no such picture' },
    ]);
    expect(lines).toContain('note: the breeds are in images/');
  });

  it('takes species from a file, and names a breed in it that is not there', async () => {
    const species = join(folder, 'species.csv');
    writeFileSync(species, 'Abyssinian,other\n');
    const { labels } = await prepare('--data', archive, '--species', species);
    expect(labels.map((label) => label.species)).toEqual(['other', 'dog']);
    writeFileSync(species, 'Abbyssinian,cat\n');
    await expect(prepare('--data', archive, '--species', species)).rejects.toThrow('no breed "Abbyssinian"');
  });

  it('refuses another SHA-256', async () => {
    await expect(prepare('--data', archive, '--sha256', '0'.repeat(64))).rejects.toThrow('as --sha256 says');
  });
});

// Field case 33.
test('npm run data ends with 2 and says what it expected', () => {
  const run = (...words: string[]) =>
    spawnSync(NODE, [join(ROOT, 'training', 'data.ts'), ...words], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 60_000,
    });
  const nothing = mkdtempSync(join(folder, 'nothing-'));
  expect(run('summary', nothing)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('classes found in'),
  });
  expect(run('sumary', nothing)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('Usage: npm run data'),
  });
  expect(run('summary', nothing, '--ou', 'x').stderr).toContain("Unknown option '--ou'");
});
