/**
 * `--fine-tune` as people start it: child processes on drawn pictures, with a small base that is cut at stride 8.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../../core/hash.ts';
import { type Manifest, parseManifest } from '../../core/manifest.ts';
import { decodeNetwork } from '../../training/network/model-files.ts';
import { writeDrawnPhotographs } from '../helpers/drawn-photographs.ts';
import { stridedNetwork, writeStridedBase } from '../helpers/fine-tune-network.ts';

const ROOT = join(__dirname, '..', '..');
const NODE = join(ROOT, 'node_modules', '.bin', 'node');
const ADDON = join(ROOT, 'node_modules', '@tensorflow', 'tfjs-node', 'lib', 'napi-v8', 'tfjs_binding.node');
const SCRIPT = join(ROOT, 'training', 'train.ts');
const EPOCHS = 6;

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pawprint-fine-tune-'));
  writeStridedBase(join(folder, 'base'));
  await writeDrawnPhotographs(join(folder, 'photographs'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function commandLine(out: string, words: readonly string[]): string[] {
  const places = ['--data', join(folder, 'photographs'), '--base', join(folder, 'base'), '--out', out];
  const sizes = [
    '--fine-tune-epochs',
    String(EPOCHS),
    '--fine-tune-batch-size',
    '8',
    '--crops',
    '1',
    '--folds',
    '3',
  ];
  // Steps that show: half of the tuned weights, at rates for a base that knows nothing yet.
  const rates = ['--fine-tune-rate', '0.005', '--fine-tune-head-rate', '0.01', '--fine-tune-share', '0.5'];
  return [SCRIPT, '--fine-tune', ...places, ...sizes, ...rates, ...words];
}
const env = () => ({ ...process.env, XDG_CACHE_HOME: join(folder, 'cache') });

function train(out: string, ...words: string[]) {
  const run = spawnSync(NODE, commandLine(out, words), { encoding: 'utf8', env: env(), timeout: 120_000 });
  return { code: run.status, output: run.stdout, errors: run.stderr };
}

function readVersion(out: string): { manifest: Manifest; read: (file: string) => Buffer } {
  const names = readdirSync(out);
  expect(names).toHaveLength(1);
  const read = (file: string) => readFileSync(join(out, names[0]!, file));
  return { manifest: parseManifest(read('manifest.json')), read };
}

const valuesOf = (read: (file: string) => Buffer) => {
  const shards = new Map([['weights.bin', read('weights.bin')]]);
  const { weights } = decodeNetwork(JSON.parse(read('model.json').toString()), shards);
  return new Map(weights.map(({ name, values }) => [name, values]));
};

test('--fine-tune on another engine ends with 2 and says what to do', () => {
  const { code, errors, output } = train(join(folder, 'refused'), '--engine', 'wasm');
  expect(code).toBe(2);
  expect(errors.trim().split('\n')).toHaveLength(1);
  expect(errors).toMatch(/--fine-tune needs the engine node.*npm run setup:tfjs-node/);
  expect(output).not.toContain('photographs');
});

(existsSync(ADDON) ? describe : describe.skip)('--fine-tune (needs npm run setup:tfjs-node)', () => {
  const whole = () => join(folder, 'whole');
  let output: string;
  beforeAll(() => {
    const run = train(whole());
    expect([run.code, run.code === 0 ? '' : run.errors]).toEqual([0, '']);
    output = run.output;
  }, 120_000);

  it('writes one line for each epoch, and no progress between them', () => {
    const lines = output.split('\n');
    const epochs = lines.flatMap((line, at) => (/^epoch \d+ of 6: loss/.test(line) ? [at] : []));
    expect(epochs).toHaveLength(EPOCHS);
    expect(epochs.at(-1)! - epochs[0]!).toBe(EPOCHS - 1);
    expect(lines[epochs[0]!]).toMatch(
      /loss [\d.]+, top-1 [\d.]+ %, top-3 [\d.]+ %; validation: loss [\d.]+, top-1 [\d.]+ %, top-3 [\d.]+ %; [\d.]+ pictures\/s, .* left$/,
    );
  });

  it('lowers the loss on the validation part, which no step sees', () => {
    const shares = [...output.matchAll(/^tuned weights ([\d.]+): validation loss ([\d.]+)/gm)];
    expect(shares.map(([, share]) => share)).toEqual(['0.00', '0.50']);
    expect(Number(shares[1]![2])).toBeLessThan(Number(shares[0]![2]));
  });

  it('changes the upper part only, without its depthwise kernels', () => {
    const tuned = valuesOf(readVersion(whole()).read);
    for (const { name, values } of stridedNetwork().weights) {
      const isUpper = /16|wide|last/.test(name);
      const isTrained = isUpper && !name.endsWith('depthwise_kernel');
      expect([name, Buffer.from(tuned.get(name)!.buffer).equals(Buffer.from(values.buffer))]).toEqual([
        name,
        !isTrained,
      ]);
    }
  });

  it('puts every setting and the share that was taken into the manifest, and clears its checkpoint', () => {
    const { manifest } = readVersion(whole());
    expect(manifest.config).toMatchObject({ fineTune: true, fineTuneEpochs: EPOCHS, fineTuneShare: 0.5 });
    expect(manifest.metrics.float32).toMatchObject({ n: 6, top3: 1 });
  });

  it('goes on after a kill to the very same weights', async () => {
    const out = join(folder, 'killed');
    const child = spawn(NODE, commandLine(out, []), { env: env() });
    await killAfter(child, /^epoch 2 of/m);
    expect(readdirSync(out).some((name) => name.startsWith('.checkpoint'))).toBe(true);
    const resumed = train(out, '--resume');
    expect([resumed.code, resumed.code === 0 ? '' : resumed.errors]).toEqual([0, '']);
    const after = Number(/^resumed after epoch (\d+),/m.exec(resumed.output)?.[1]);
    expect(after).toBeGreaterThanOrEqual(2);
    expect(after).toBeLessThan(EPOCHS);
    const [one, other] = [readVersion(whole()), readVersion(out)];
    expect(sha256(other.read('weights.bin'))).toBe(sha256(one.read('weights.bin')));
    expect(other.manifest.metrics).toEqual(one.manifest.metrics);
    expect(other.manifest.temperature).toEqual(one.manifest.temperature);
  }, 240_000);

  // Field case 90.
  it('stops with the step and the reason when the loss gets out of hand', () => {
    const out = join(folder, 'lost');
    const run = train(out, '--fine-tune-rate', '1e6', '--fine-tune-head-rate', '1e6');
    expect(run.code).toBe(2);
    expect(run.errors.trim().split('\n')).toHaveLength(1);
    expect(run.errors).toMatch(
      /^Training stopped in epoch 1, at step \d+ of \d+: the loss is .*--fine-tune-rate/,
    );
    expect(existsSync(out) ? readdirSync(out).filter((name) => !name.startsWith('.')) : []).toEqual([]);
  });
});

async function killAfter(child: ChildProcess, pattern: RegExp): Promise<void> {
  let output = '';
  child.stdout!.on('data', (chunk: Buffer) => {
    output += chunk;
    if (pattern.test(output)) child.kill('SIGKILL');
  });
  await new Promise((resolve) => child.on('close', resolve));
}
