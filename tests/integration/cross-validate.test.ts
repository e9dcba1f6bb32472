/**
 * `npm run cross-validate` as people start it: child processes on drawn pictures.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeDrawnPhotographs } from '../helpers/drawn-photographs.ts';
import { writeStridedBase } from '../helpers/fine-tune-network.ts';

const ROOT = join(__dirname, '..', '..');
const NODE = join(ROOT, 'node_modules', '.bin', 'node');
const ADDON = join(ROOT, 'node_modules', '@tensorflow', 'tfjs-node', 'lib', 'napi-v8', 'tfjs_binding.node');
const SCRIPT = join(ROOT, 'training', 'cross-validate.ts');
const COUNT = 10;
const FOLDS = 3;

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pawprint-cross-validate-'));
  writeStridedBase(join(folder, 'base'));
  await writeDrawnPhotographs(join(folder, 'photographs'), { count: COUNT });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const env = () => ({ ...process.env, XDG_CACHE_HOME: join(folder, 'cache') });
const commandLine = (out: string, words: readonly string[]) => [
  ...[SCRIPT, '--data', join(folder, 'photographs'), '--base', join(folder, 'base'), '--out', out],
  ...['--folds', String(FOLDS), '--crops', '1', ...words],
];

function crossValidate(out: string, ...words: string[]): string {
  const run = spawnSync(NODE, commandLine(out, words), { encoding: 'utf8', env: env(), timeout: 120_000 });
  expect([run.status, run.stderr]).toEqual([0, '']);
  return run.stdout;
}

interface Result {
  figures: Record<'float32' | 'int8', { n: number; top1: { value: number; standardError: number } }>;
  answers: { path: string; label: number; rank: { float32: number; int8: number } }[];
}
const read = (out: string) => JSON.parse(readFileSync(join(out, 'cross-validation.json'), 'utf8')) as Result;

function expectWhole({ figures, answers }: Result): void {
  expect(new Set(answers.map(({ path }) => path)).size).toBe(3 * COUNT);
  for (const precision of ['float32', 'int8'] as const) {
    const right = answers.filter(({ rank }) => rank[precision] === 1).length;
    expect(figures[precision]).toMatchObject({ n: 3 * COUNT, top1: { value: right / (3 * COUNT) } });
    expect(figures[precision].top1.standardError).toBeGreaterThan(0);
  }
}

test('a head on a frozen base answers every photograph once, and no version is made', () => {
  const out = join(folder, 'frozen');
  const output = crossValidate(out, '--engine', 'wasm');
  expectWhole(read(out));
  expect(output).toMatch(/^out of fold: 30 .*\ntop-1 .* ± .* %\ntop-3 .*\nmean per class /m);
  expect(readdirSync(out)).not.toContainEqual(expect.stringMatching(/Z-/));
});

(existsSync(ADDON) ? describe : describe.skip)('with --fine-tune (needs npm run setup:tfjs-node)', () => {
  const tuning = ['--fine-tune', '--fine-tune-epochs', '1', '--fine-tune-batch-size', '8'];

  it('trains once for each part, and after a kill takes the parts that are done', async () => {
    const [whole, killed] = [join(folder, 'whole'), join(folder, 'killed')];
    const output = crossValidate(whole, ...tuning);
    expect(output.match(/^epoch 1 of 1/gm)).toHaveLength(FOLDS);
    expectWhole(read(whole));

    await killAfter(spawn(NODE, commandLine(killed, tuning), { env: env() }), /^part 2 of 3/m);
    expect(existsSync(join(killed, 'cross-validation.json'))).toBe(false);
    const resumed = crossValidate(killed, ...tuning, '--resume');
    expect(resumed).toMatch(/^part 1 of 3: taken from /m);
    expect(resumed.match(/^epoch 1 of 1/gm)).toHaveLength(FOLDS - 1);
    expect(read(killed).answers).toEqual(read(whole).answers);
  });
});

function killAfter(child: ReturnType<typeof spawn>, line: RegExp): Promise<void> {
  let output = '';
  child.stdout!.on('data', (chunk: Buffer) => {
    output += chunk.toString();
    if (line.test(output)) child.kill('SIGKILL');
  });
  return new Promise((resolve) => child.on('close', () => resolve()));
}
