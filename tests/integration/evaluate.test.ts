/**
 * `npm run evaluate` and `npm run predict` as people start them: child processes, on a tiny version whose answers
 * are known beforehand, and on the starter where the photographs are.
 */
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../../core/hash.ts';
import { readPhotograph } from '../../core/image/read.ts';
import { topK } from '../../core/inference/scores.ts';
import { openServableModel } from '../../core/inference/servable-model.ts';
import { convertFiles } from '../../core/lifecycle/convert-version.ts';
import { FILE, formatManifest, type Manifest, SERVABLE_FILE } from '../../core/manifest.ts';
import { drawPhotograph } from '../helpers/drawn-photographs.ts';
import { ROOT } from '../helpers/processes.ts';
import { aTinyVersion, type TinyVersion } from '../helpers/tiny-version.ts';

const NODE = join(ROOT, 'node_modules', '.bin', 'node');
const PETS = join(ROOT, '..', 'shared', 'data', 'pets', 'images');
const KEYS = [
  'n',
  'top1',
  'top3',
  'meanPerClass',
  'species',
  'ece',
  'confidentShare',
  'confidentTop1',
  'skipped',
];

const folder = mkdtempSync(join(tmpdir(), 'pawprint-evaluate-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(script: 'evaluate' | 'predict', words: string[]) {
  const env = { ...process.env, MODEL_STORAGE: '', TRAIN_OUT: join(folder, 'trained') };
  const child = spawnSync(NODE, [join(ROOT, 'training', `${script}.ts`), ...words], {
    cwd: folder,
    encoding: 'utf8',
    env,
    timeout: 60_000,
  });
  return { code: child.status, output: child.stdout, errors: child.stderr };
}

/** The object in the last line of `npm run evaluate -- --json`. */
function evaluate(...words: string[]) {
  const { code, output, errors } = run('evaluate', [...words, '--json']);
  expect([code, errors]).toEqual([0, '']);
  const last = JSON.parse(output.trim().split('\n').at(-1)!) as Record<string, number>;
  expect(Object.keys(last)).toEqual(KEYS);
  return { figures: last, output };
}

function writeFolder(name: string, files: ReadonlyMap<string, Uint8Array>): string {
  const place = join(folder, name);
  mkdirSync(place, { recursive: true });
  for (const [path, bytes] of files) writeFileSync(join(place, path), bytes);
  return place;
}

/** What the version says of a photograph, in the order of its scores. */
async function askVersion({ manifest, files }: TinyVersion, jpeg: Buffer): Promise<number[]> {
  const onnx = convertFiles(manifest, files).int8;
  const read = async (path: string) => (path === SERVABLE_FILE.int8 ? onnx : files.get(path)!);
  const model = await openServableModel({ manifest, precision: 'int8', read });
  const { scores } = await model.answer((await readPhotograph(jpeg, manifest)).pixels);
  await model.retire();
  return topK(scores, scores.length);
}

function put(data: string, breed: string, name: string, bytes: Uint8Array): void {
  mkdirSync(join(data, breed), { recursive: true });
  writeFileSync(join(data, breed, name), bytes);
}

describe('npm run evaluate on a version whose answers are known', () => {
  let tiny: TinyVersion;
  let model: string;
  let data: string;
  /** Labels in the order in which the version says them of `photograph`. */
  let order: string[];
  let photographs: Buffer[];

  beforeAll(async () => {
    const evaluation = Buffer.from('{"pictures": []}\n');
    tiny = await aTinyVersion();
    tiny.files.set(FILE.evaluation, evaluation);
    tiny.manifest.files.find(({ path }) => path === FILE.evaluation)!.bytes = evaluation.length;
    tiny.manifest.files.find(({ path }) => path === FILE.evaluation)!.sha256 = sha256(evaluation);
    tiny.files.set(FILE.manifest, Buffer.from(formatManifest(tiny.manifest)));
    model = writeFolder('tiny', tiny.files);
    // Pictures of one colour are alike enough for one answer: the same order of all breeds for each is asked for.
    const drawn = await Promise.all(
      Array.from({ length: 12 }, (_, i) => drawPhotograph([220, 40, 40], `red ${i}`)),
    );
    const asked = await Promise.all(drawn.map((jpeg) => askVersion(tiny, jpeg)));
    photographs = drawn.filter((_, i) => asked[i]!.join() === asked[0]!.join());
    order = asked[0]!.map((label) => tiny.manifest.labels[label]!.name);
    expect(photographs.length).toBeGreaterThanOrEqual(5);
    // Two right, one second, one last.
    data = join(folder, 'data');
    put(data, order[0]!, '1.jpg', photographs[0]!);
    put(data, order[0]!, '2.jpg', photographs[1]!);
    put(data, order[1]!, '3.jpg', photographs[2]!);
    put(data, order[3]!, '4.jpg', photographs[3]!);
  });

  const speciesOf = (name: string) => tiny.manifest.labels.find((label) => label.name === name)!.species;

  it('prints the figures that follow, as people and as programs read them', () => {
    const csv = join(folder, 'answers.csv');
    const { figures, output } = evaluate('--model', model, '--data', data, '--csv', csv);
    const sameSpecies = [0, 0, 1, 3].filter(
      (rank) => speciesOf(order[rank]!) === speciesOf(order[0]!),
    ).length;
    expect(figures).toMatchObject({ n: 4, top1: 2 / 4, top3: 3 / 4, species: sameSpecies / 4, skipped: 0 });
    expect(figures.meanPerClass).toBeCloseTo(1 / 3, 10);
    expect(output).toMatch(new RegExp(`^model: ${tiny.manifest.version} from tiny, int8 `, 'm'));
    expect(output).toMatch(/^top-1 +50\.0 % +90\.0 %$/m);
    expect(output).not.toContain('not byte for byte');
    const rows = readFileSync(csv, 'utf8').trim().split('\r\n').slice(1);
    expect(rows.map((row) => row.split(',')[4]).sort()).toEqual(['1', '1', '2', '4']);
  });

  it('takes at most so many of each breed', () => {
    const { figures } = evaluate('--model', model, '--data', data, '--limit', '1', '--precision', 'float32');
    expect(figures.n).toBe(3);
  });

  it('leaves out and tells breeds that the model does not know, and pictures that it cannot read', () => {
    const odd = join(folder, 'odd');
    put(odd, order[0]!, '1.jpg', photographs[0]!);
    put(odd, order[0]!, 'cut.jpg', photographs[1]!.subarray(0, 600));
    put(odd, order[1]!, '2.jpg', photographs[2]!);
    put(odd, 'BEAGLE', '3.jpg', photographs[3]!);
    put(odd, 'Yorkie', '4.jpg', photographs[4]!);
    const { figures, output } = evaluate('--model', model, '--data', odd);
    expect(figures).toMatchObject({ n: 2, skipped: 3 });
    expect(output).toContain("BEAGLE: the model doesn't know this breed by that name, but beagle");
    expect(output).toContain("Yorkie: the model doesn't know this breed\n");
    expect(output).toContain(`${order[0]}/cut.jpg: `);
  });

  it('calls no answer confident where the version lets none be', async () => {
    const { manifest, files } = tiny;
    const doubtful: Manifest = { ...manifest, unknown: { ...manifest.unknown, ambiguousBelow: 1 } };
    const place = writeFolder(
      'doubtful',
      new Map([...files, [FILE.manifest, Buffer.from(formatManifest(doubtful))]]),
    );
    const { figures } = evaluate('--model', place, '--data', data);
    expect(figures).toMatchObject({ n: 4, confidentShare: 0, confidentTop1: 0 });
  });

  it('says when the file that serves is not the one that was measured', () => {
    const { manifest, files } = tiny;
    const servable = { ...manifest.servable, [SERVABLE_FILE.int8]: sha256('another') };
    const place = writeFolder(
      'another',
      new Map([...files, [FILE.manifest, Buffer.from(formatManifest({ ...manifest, servable }))]]),
    );
    const { output } = evaluate('--model', place, '--data', data);
    expect(output).toContain('model.int8.onnx made here is not byte for byte the one');
  });

  it('takes a servable folder as it is', () => {
    const { manifest, files } = tiny;
    const onnx = convertFiles(manifest, files);
    const parts = new Map<string, Buffer>([
      ...[FILE.golden, FILE.classMeans, FILE.evaluation].map((path) => [path, files.get(path)!] as const),
      [FILE.float32, onnx.float32],
      [FILE.int8, onnx.int8],
    ]);
    const proof = { identical: true, largestDifference: 0 };
    const servable: Manifest = {
      ...manifest,
      stage: 'servable',
      conversion: { trainedManifest: sha256('x'), float32: proof, int8: proof },
      files: [...parts].map(([path, bytes]) => ({ path, bytes: bytes.length, sha256: sha256(bytes) })),
    };
    const place = writeFolder(
      'servable',
      new Map([...parts, [FILE.manifest, Buffer.from(formatManifest(servable))]]),
    );
    expect(evaluate('--model', place, '--data', data).figures).toMatchObject({ n: 4, top1: 2 / 4 });
  });

  it('ends with 2 and says where it looked for a version that is nowhere', () => {
    const { code, errors } = run('evaluate', ['--model', '20261125T081500Z-00000000', '--data', data]);
    expect(code).toBe(2);
    expect(errors).toContain(join(folder, 'trained'));
    expect(errors).toContain("MODEL_STORAGE isn't set");
    expect(errors.trim().split('\n')).toHaveLength(1);
  });

  it('ends with 2 where nothing can be measured', () => {
    const strange = join(folder, 'strange');
    put(strange, 'Ferret', '1.jpg', photographs[0]!);
    put(strange, 'Parrot', '2.jpg', photographs[1]!);
    const none = run('evaluate', ['--model', model, '--data', strange]);
    expect([none.code, none.errors]).toEqual([2, expect.stringContaining('knows none of its 2 breeds')]);
    const seen = run('evaluate', ['--model', model, '--data', data, '--held-back']);
    expect([seen.code, seen.errors]).toEqual([2, expect.stringContaining('held back')]);
  });

  it('predicts photographs and folders, and ends with 2 for one that it cannot read', () => {
    const photo = join(folder, 'photo.jpg');
    writeFileSync(photo, photographs[0]!);
    const broken = join(folder, 'broken.jpg');
    writeFileSync(broken, photographs[0]!.subarray(0, 600));
    const words = [broken, photo, 'missing.jpg', join(data, order[1]!)];
    const lines = run('predict', ['--model', model, '--top', '4', '--json', ...words]);
    expect([lines.code, lines.errors]).toEqual([2, '']);
    const outcomes = lines.output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(outcomes.map(({ photo: path }) => path)).toEqual([
      broken,
      photo,
      'missing.jpg',
      join(data, order[1]!, '3.jpg'),
    ]);
    expect(outcomes.map((outcome) => 'error' in outcome)).toEqual([true, false, true, false]);
    const predictions = outcomes[1]!.predictions as { breed: string; score: number }[];
    expect(predictions.map(({ breed }) => breed)).toEqual(order);
    expect(predictions.reduce((sum, { score }) => sum + score, 0)).toBeCloseTo(1, 6);

    const people = run('predict', ['--model', model, '--top', '1', photo]);
    expect([people.code, people.errors]).toEqual([0, '']);
    expect(people.output).toMatch(/photo\.jpg: \w+ \d+\.\d % \((confident|unknown|ambiguous)/);
  });
});

const onPhotographs = existsSync(PETS) ? describe : describe.skip;
onPhotographs('the starter (needs ../shared/data/pets)', () => {
  const { pictures } = JSON.parse(readFileSync(join(ROOT, 'starter', 'model', FILE.evaluation), 'utf8')) as {
    pictures: { sha256: string; label: string; rank: { int8: number } }[];
  };

  it('answers two photographs of each breed', () => {
    const { figures } = evaluate('--data', PETS, '--limit', '2');
    expect(figures.n).toBe(74);
    // Most of them it was trained on; chance is 2.7 %.
    expect(figures.top1).toBeGreaterThan(0.8);
    expect(figures.species).toBeGreaterThan(0.9);
  });

  it('gives each picture held back the rank that its manifest says', () => {
    // Two cats and a dog, so that the species differ, too.
    const breeds = ['Birman', 'Ragdoll', 'american_bulldog'];
    const data = join(folder, 'held-back');
    for (const breed of breeds) {
      mkdirSync(join(data, breed), { recursive: true });
      for (const name of readdirSync(join(PETS, breed))) {
        copyFileSync(join(PETS, breed, name), join(data, breed, name));
      }
    }
    const csv = join(folder, 'held-back.csv');
    const { figures } = evaluate('--data', data, '--held-back', '--precision', 'int8', '--csv', csv);
    const expected = pictures.filter(({ label }) => breeds.includes(label));
    expect(figures.n).toBe(expected.length);
    const rows = readFileSync(csv, 'utf8')
      .trim()
      .split('\r\n')
      .slice(1)
      .map((row) => row.split(','));
    const ranks = new Map(rows.map(([, hash, , , rank]) => [hash, Number(rank)]));
    expect([...ranks.keys()].sort()).toEqual(expected.map((picture) => picture.sha256).sort());
    // Processors sum in another order: where two breeds are all but equal, they may change places.
    const others = expected.filter(({ sha256: hash, rank }) => ranks.get(hash) !== rank.int8);
    expect(others.length).toBeLessThanOrEqual(0.04 * expected.length);
  });
});
