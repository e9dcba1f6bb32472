/**
 * A whole training as people start it: a child process on a folder of pictures, with a tiny base.
 */
import { spawn, spawnSync } from 'node:child_process';
import {
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
import { decodeClassMeans, decodeGolden } from '../../core/golden.ts';
import { contentHash, sha256 } from '../../core/hash.ts';
import { checkParity } from '../../core/inference/parity.ts';
import { convertFiles } from '../../core/lifecycle/convert-version.ts';
import { type Manifest, parseManifest } from '../../core/manifest.ts';
import { decodeNetwork } from '../../training/network/model-files.ts';
import { HEAD } from '../../training/network/network.ts';
import { pushVersion } from '../../training/push.ts';
import { writeDrawnPhotographs } from '../helpers/drawn-photographs.ts';
import { writeTinyBase } from '../helpers/tiny-base.ts';

const ROOT = join(__dirname, '..', '..');
const NODE = join(ROOT, 'node_modules', '.bin', 'node');
const ADDON = join(ROOT, 'node_modules', '@tensorflow', 'tfjs-node', 'lib', 'napi-v8', 'tfjs_binding.node');
const SCRIPT = join(ROOT, 'training', 'train.ts');

let folder: string;
let photographs: string;
let base: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pawprint-train-'));
  photographs = join(folder, 'photographs');
  base = join(folder, 'base');
  writeTinyBase(base);
  await writeDrawnPhotographs(photographs);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const env = () => ({ ...process.env, XDG_CACHE_HOME: join(folder, 'cache') });

function train(...words: string[]) {
  const shared = ['--data', photographs, '--base', base, '--engine', 'wasm'];
  const run = spawnSync(NODE, [SCRIPT, ...shared, ...words], {
    encoding: 'utf8',
    env: env(),
    timeout: 60_000,
  });
  return { code: run.status, output: run.stdout, errors: run.stderr };
}

function readVersion(out: string): { path: string; manifest: Manifest; read: (file: string) => Buffer } {
  const names = readdirSync(out);
  expect(names).toHaveLength(1);
  const path = join(out, names[0]!);
  const read = (file: string) => readFileSync(join(path, file));
  return { path, manifest: parseManifest(read('manifest.json')), read };
}

describe('npm run train', () => {
  let out: string;
  let output: string;
  beforeAll(() => {
    out = join(folder, 'trained');
    mkdirSync(join(photographs, '__MACOSX'), { recursive: true });
    writeFileSync(join(photographs, 'blue_dog', 'notes.txt'), 'not a picture');
    const run = train('--out', out, '--source', 'drawn by a test');
    expect(run.errors).toBe('');
    expect(run.code).toBe(0);
    output = run.output;
  });

  it('names the engine first and the version last', () => {
    const lines = output.trim().split('\n');
    expect(lines[0]).toMatch(/^engine: wasm \(/);
    expect(lines.slice(-4).join('\n')).toMatch(
      /version .*\nfolder .*\nreport .*report\.html\ntime .*peak memory \d+ MB/,
    );
  });

  it('writes a folder whose manifest and hashes agree', () => {
    const { path, manifest, read } = readVersion(out);
    expect(path.endsWith(manifest.version)).toBe(true);
    for (const file of manifest.files) expect(sha256(read(file.path))).toBe(file.sha256);
    expect(manifest.version.endsWith(contentHash(manifest.files).slice(0, 8))).toBe(true);
    expect(readdirSync(path).sort()).toEqual(
      [...manifest.files.map((file) => file.path), 'manifest.json'].sort(),
    );
    expect(manifest.data.skipped).toEqual([
      { path: '__MACOSX/', reason: expect.stringContaining('hidden') },
      { path: 'blue_dog/notes.txt', reason: expect.any(String) },
    ]);
    expect(manifest.data.source).toBe('drawn by a test');
    expect(manifest.labels).toEqual([
      { name: 'Green_Cat', species: 'cat' },
      { name: 'Red_Cat', species: 'cat' },
      { name: 'blue_dog', species: 'dog' },
    ]);
  });

  it('is right on what it held back, at both precisions', () => {
    const { manifest, read } = readVersion(out);
    expect(manifest.metrics.float32).toMatchObject({ n: 6, top3: 1 });
    expect(manifest.metrics.float32.top1).toBeGreaterThan(0.8);
    expect(manifest.metrics.int8.top1).toBeGreaterThan(0.8);
    const { pictures } = JSON.parse(read('evaluation.json').toString()) as {
      pictures: { rank: { float32: number } }[];
    };
    const right = pictures.filter(({ rank }) => rank.float32 === 1).length;
    expect(right / pictures.length).toBe(manifest.metrics.float32.top1);
  });

  it('converts to the very files that were measured, with golden answers by TensorFlow.js', async () => {
    const { manifest, read } = readVersion(out);
    const files = new Map(manifest.files.map(({ path }) => [path, read(path)]));
    const converted = convertFiles(manifest, files);
    expect(sha256(converted.float32)).toBe(manifest.servable['model.onnx']);
    expect(sha256(converted.int8)).toBe(manifest.servable['model.int8.onnx']);
    const golden = decodeGolden(read('golden.bin'), manifest);
    const { loadSession } = await import('../../core/inference/session.ts');
    const { answerGolden } = await import('../../core/inference/parity.ts');
    const session = await loadSession(converted.float32);
    expect(checkParity('float32', await answerGolden(session, golden), golden)).toMatchObject({
      passed: true,
    });
    await session.dispose();
    const means = decodeClassMeans(read('class-means.bin'), manifest);
    expect(Math.hypot(...means.int8.subarray(0, 24))).toBeCloseTo(1, 5);
  });

  it('gives the same weights again, from cached features', () => {
    const again = join(folder, 'again');
    const { code } = train('--out', again);
    expect(code).toBe(0);
    const [first, second] = [readVersion(out), readVersion(again)];
    expect(sha256(second.read('weights.bin'))).toBe(sha256(first.read('weights.bin')));
    expect(second.manifest.metrics).toEqual(first.manifest.metrics);
  });

  (existsSync(ADDON) ? it : it.skip)('learns the same on tfjs-node (needs npm run setup:tfjs-node)', () => {
    const onNode = join(folder, 'on-node');
    const run = train('--out', onNode, '--engine', 'node');
    expect([run.code, run.errors]).toEqual([0, '']);
    expect(run.output).toMatch(/^engine: node \(TensorFlow /);
    const temperature = (place: string) => readVersion(place).manifest.temperature.float32;
    expect(temperature(onNode) / temperature(out)).toBeCloseTo(1, 2);
    const head = (place: string) => {
      const { read } = readVersion(place);
      const shards = new Map([['weights.bin', read('weights.bin')]]);
      const { weights } = decodeNetwork(JSON.parse(read('model.json').toString()), shards);
      return weights.find(({ name }) => name === `${HEAD}/kernel`)!.values;
    };
    const [native, assembly] = [head(onNode), head(out)];
    const size = Math.hypot(...assembly);
    // float16 keeps three digits; the engines differ in the seventh.
    expect(Math.hypot(...native.map((value, i) => value - assembly[i]!)) / size).toBeLessThan(2e-3);
    expect(size).toBeGreaterThan(0.1);
  });

  it('is pushed with its manifest last, and refused when a file has changed', async () => {
    const { path, manifest } = readVersion(out);
    const written: string[] = [];
    const storage = {
      createOnce: async (container: string, blob: string) => {
        written.push(`${container}/${blob}`);
        return 'created' as const;
      },
    };
    expect(await pushVersion(storage, path)).toEqual({ version: manifest.version });
    expect(written).toHaveLength(manifest.files.length + 1);
    expect(written.at(-1)).toBe(`trained/${manifest.version}/manifest.json`);
    written.length = 0;
    writeFileSync(join(path, 'golden.bin'), 'other');
    await expect(pushVersion(storage, path)).rejects.toThrow('has changed since the manifest was written');
    expect(written).toEqual([]);
  });
});

describe('npm run train ends with 2 and one message', () => {
  const refuse = (words: string[]) => {
    const { code, errors } = train(...words);
    expect(errors.trim().split('\n')).toHaveLength(1);
    expect(code).toBe(2);
    return errors;
  };

  it('for an unknown setting', () => {
    expect(refuse(['--sede', '1'])).toContain('--seed');
  });

  // Field case 33.
  it('for a folder without classes', () => {
    const empty = join(folder, 'empty');
    mkdirSync(empty, { recursive: true });
    expect(refuse(['--data', empty])).toContain(`0 classes found in ${empty}, expected ${empty}/<breed>/*`);
  });

  it('for a base that is nowhere', () => {
    expect(refuse(['--base', 'nothing'])).toContain('There is no base network nothing. Looked in');
  });
});

// Field case 54.
test.each([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('ends at once on %s with %d, and leaves no half folder', async (signal, code) => {
  const out = join(folder, `stopped-${signal}`);
  const words = [
    '--data',
    photographs,
    '--base',
    base,
    '--engine',
    'wasm',
    '--crops',
    '32',
    '--cache',
    'off',
    '--out',
    out,
  ];
  const child = spawn(NODE, [SCRIPT, ...words], { env: env() });
  let signalled = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    if (signalled > 0 || !chunk.toString().includes('features')) return;
    signalled = Date.now();
    child.kill(signal);
  });
  const exit = await new Promise<number | null>((resolve) => child.on('close', resolve));
  expect(exit).toBe(code);
  expect(Date.now() - signalled).toBeLessThan(15_000);
  expect(existsSync(out) ? readdirSync(out) : []).toEqual([]);
});
