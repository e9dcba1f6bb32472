/**
 * `--network scratch` as people run it: a child process on drawn pictures, killed and resumed.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../../core/hash.ts';
import { type Manifest, parseManifest } from '../../core/manifest.ts';
import type { EpochRecord } from '../../training/run/history.ts';
import { writeDrawnPhotographs } from '../helpers/drawn-photographs.ts';
import { ROOT, runNode, startNode, stopAll } from '../helpers/processes.ts';

const ADDON = join(ROOT, 'node_modules', '@tensorflow', 'tfjs-node', 'lib', 'napi-v8', 'tfjs_binding.node');
const hasNode = existsSync(ADDON);
// Plain JavaScript is everywhere, and fast enough for 32 pixels.
const ENGINE = hasNode ? 'node' : 'cpu';
// So many that the first one's line comes well before the last one's, and a kill in between.
const EPOCHS = 20;

let folder: string;
let photographs: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pawprint-scratch-'));
  photographs = join(folder, 'photographs');
  await writeDrawnPhotographs(photographs, { count: 16 });
});
afterAll(async () => {
  await stopAll();
  rmSync(folder, { recursive: true, force: true });
});

const env = () => ({ XDG_CACHE_HOME: join(folder, 'cache') });
const words = (out: string, ...more: string[]) => [
  ...['training/train.ts', '--data', photographs, '--network', 'scratch', '--engine', ENGINE],
  ...['--size', '32', '--filters', '8,16,16', '--dense', '16', '--batch-size', '16', '--epochs', `${EPOCHS}`],
  ...['--learning-rate', '0.003', '--threads', '1', '--out', join(folder, out), ...more],
];

interface Version {
  path: string;
  manifest: Manifest;
  weights: string;
  history: Omit<EpochRecord, 'seconds'>[];
}
function readVersion(out: string): Version {
  const names = readdirSync(join(folder, out));
  // Neither checkpoints nor halves are left.
  expect(names).toHaveLength(1);
  const path = join(folder, out, names[0]!);
  const read = (file: string) => readFileSync(join(path, file));
  const { history } = JSON.parse(read('metrics.json').toString()) as { history: EpochRecord[] };
  return {
    path,
    manifest: parseManifest(read('manifest.json')),
    weights: sha256(read('weights.bin')),
    history: history.map(({ seconds, ...figures }) => {
      expect(seconds).toBeGreaterThan(0);
      return figures;
    }),
  };
}

describe('npm run train -- --network scratch', () => {
  let output: string;
  let version: Version;
  beforeAll(async () => {
    output = await runNode(words('through'), env());
    version = readVersion('through');
  }, 180_000);

  it('writes a line for each epoch, and its figures as history', () => {
    const lines = output.split('\n').filter((line) => /^epoch \d+ of 20: /.test(line));
    expect(lines).toHaveLength(EPOCHS);
    for (const line of lines) {
      expect(line).toMatch(
        /loss [\d.]+, top-1 [\d.]+ %, top-3 [\d.]+ %; validation: loss .*pictures\/s, .* left$/,
      );
    }
    expect(version.history.map(({ epoch }) => epoch)).toEqual(lines.map((_, i) => i + 1));
    expect(version.history.at(-1)!.loss).toBeLessThan(version.history[0]!.loss);
  });

  it('makes a version like any other, that says it has no base', () => {
    const { manifest } = version;
    expect(manifest.base).toEqual({ name: 'scratch', contentHash: null });
    expect(manifest.input).toMatchObject({
      width: 32,
      scaling: { mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] },
    });
    expect(manifest.config).toMatchObject({ network: 'scratch', filters: '8,16,16', epochs: EPOCHS });
    expect(manifest.classMeans).toEqual({ classes: 3, features: 16 });
    expect(manifest.metrics.float32.n).toBe(9);
    // Colours are learned in a few steps; a guess is right in a third.
    expect(manifest.metrics.float32.top1).toBeGreaterThan(0.6);
    expect(manifest.metrics.int8.top1).toBeGreaterThan(0.6);
  });

  (hasNode ? it : it.skip)(
    'is loaded by TensorFlow.js from its files and answers the same (needs npm run setup:tfjs-node)',
    async () => {
      const script = `
        const { isArray } = Array;
        Object.assign(require('node:util'), { isArray, isNullOrUndefined: (value) => value == null });
        const tf = require('@tensorflow/tfjs-node');
        const golden = require('node:fs').readFileSync(process.argv[1] + '/golden.bin');
        const n = ${version.manifest.golden.n};
        tf.loadLayersModel('file://' + process.argv[1] + '/model.json').then((model) => {
          const pixels = Float32Array.from(golden.subarray(0, n * 32 * 32 * 3), (pixel) => pixel / 127.5 - 1);
          console.log(JSON.stringify([...model.predict(tf.tensor4d(pixels, [n, 32, 32, 3])).dataSync()]));
        });`;
      const answer = await runNode(['-e', script, version.path], { TF_CPP_MIN_LOG_LEVEL: '2' });
      const probabilities = JSON.parse(answer.trim().split('\n').at(-1)!) as number[];
      const golden = readFileSync(join(version.path, 'golden.bin'));
      const { n } = version.manifest.golden;
      expect(probabilities).toHaveLength(n * 3);
      for (const [i, probability] of probabilities.entries()) {
        expect(probability).toBeCloseTo(golden.readFloatLE(n * 32 * 32 * 3 + 4 * i), 4);
      }
    },
  );

  it('goes on after a kill, and ends with the very weights and figures of a run without it', async () => {
    const killed = startNode(words('killed'), env());
    await killed.until(/epoch 1 of 20: .*left\n/);
    killed.signal('SIGKILL');
    await killed.ended;
    expect(killed.output()).not.toContain('epoch 20 of 20');
    const resumed = await runNode(words('killed', '--resume'), env());
    expect(resumed).toMatch(/resumed after epoch \d+, /);
    expect(resumed).not.toContain('epoch 1 of 20:');
    const after = readVersion('killed');
    expect(after.weights).toBe(version.weights);
    expect(after.history).toEqual(version.history);
    expect(after.manifest.metrics).toEqual(version.manifest.metrics);
    expect(after.manifest.temperature).toEqual(version.manifest.temperature);
    expect(after.manifest.unknown).toEqual(version.manifest.unknown);
  }, 180_000);

  // Field case 88: what is validated on, and what is trained on, is part of the checkpoint's key.
  it('does not go on from a checkpoint of another split, and says what differs', async () => {
    const out = 'other-split';
    const stopped = startNode(words(out), env());
    await stopped.until(/epoch 1 of 20: .*left\n/);
    stopped.signal('SIGKILL');
    await stopped.ended;
    const output = await runNode(words(out, '--resume', '--folds', '3', '--epochs', '1'), env());
    expect(output).toMatch(/note: the checkpoint .* is of another run \(training [0-9a-f]{8}… there/);
    expect(output).toContain('epoch 1 of 1:');
  }, 180_000);

  it('says on Ctrl-C how to resume, and ends with 130', async () => {
    const run = startNode(words('interrupted', '--epochs', '1000'), env());
    await run.until(/epoch 1 of 1000: .*left\n/);
    run.signal('SIGINT');
    expect(await run.ended).toBe(130);
    expect(run.output()).toMatch(
      /the checkpoint of epoch \d+ is kept\. The same command with --resume goes on/,
    );
    expect(readdirSync(join(folder, 'interrupted'))).toEqual(['.checkpoint']);
  }, 180_000);
});

describe('npm run train -- --network scratch ends with 2 and one message', () => {
  const refuse = async (out: string, ...more: string[]) => {
    mkdirSync(join(folder, out), { recursive: true });
    const run = startNode(words(out, ...more), env());
    expect(await run.ended).toBe(2);
    return run.output();
  };

  // Field case 90.
  it('for a learning rate under which the loss is no number', async () => {
    const output = await refuse('diverged', '--learning-rate', '1e6');
    expect(output).toMatch(/Training stopped in epoch 1, step \d: the loss is .*--learning-rate is 1000000/);
    expect(readdirSync(join(folder, 'diverged'))).toEqual([]);
  }, 180_000);

  it('for WebAssembly, which has no gradients of convolutions', async () => {
    expect(await refuse('wasm', '--engine', 'wasm')).toContain('npm run setup:tfjs-node');
  });

  it('for a weight of a breed that is not there', async () => {
    expect(await refuse('weights', '--class-weights', 'unknown=9')).toContain('"unknown", which is no breed');
  });
});
