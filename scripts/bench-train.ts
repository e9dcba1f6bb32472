/**
 * @module scripts/bench-train
 * Times what training is made of, each against what it could be at best. Machines differ and are noisy, so what
 * counts are the ratios: both sides of each are timed in turn.
 *
 *     npm run bench:train
 *     npm run bench:train -- --part features --data ../photographs
 *     npm run bench:train -- --part fine-tune --base efficientnet_lite0 --python ~/venv/bin/python
 */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { messageOf } from '../core/errors.ts';
import { findBase, readBase } from '../training/base/base.ts';
import { type Engine, type EngineName, loadEngine } from '../training/engine.ts';
import { cacheFolder } from '../training/features/cache.ts';
import { peakMegabytes } from '../training/summary.ts';
import { benchFeatures } from './bench-train/features.ts';
import { benchFineTune } from './bench-train/fine-tune.ts';
import { benchHead, HEAD_SIZE } from './bench-train/head.ts';
import { adviseTorch, findTorch, openTorch } from './bench-train/torch.ts';
import { ROOT } from './paths.ts';

const ROUNDS = 7;

const { values } = parseArgs({
  options: {
    part: { type: 'string' },
    base: { type: 'string', default: 'efficientnet_lite2' },
    data: { type: 'string', default: join(ROOT, '..', 'shared', 'data', 'pets', 'images') },
    python: { type: 'string' },
  },
});
const parts: Record<string, () => Promise<void>> = { features, head, 'fine-tune': fineTune };
const chosen = values.part === undefined ? Object.values(parts) : [parts[values.part]];
const threads = availableParallelism();
const base = await readBase(await findBase(values.base, { root: ROOT, modelsDir: process.env.MODELS_DIR }));
const { width, height } = base.input;
console.log(`${base.name} at ${width} x ${height}, ${threads} processors, medians of rounds in turn\n`);
for (const part of chosen) {
  if (part) await part();
  else console.log(`There is no part ${values.part}; there are ${Object.keys(parts).join(', ')}.`);
}
console.log(`\npeak memory ${peakMegabytes()} MB`);

async function features(): Promise<void> {
  if (!existsSync(values.data)) {
    console.log(`features: not measured, there is no ${values.data}; --data names a folder of photographs`);
    return;
  }
  const worker = join(ROOT, 'training', 'features', 'session-worker.ts');
  const measured = await benchFeatures(base, { data: values.data, worker, threads, rounds: ROUNDS });
  for (const { views, pipelinePerSecond, alonePerSecond, ratio, processorRatio } of measured) {
    const what = views === 1 ? 'the photograph alone' : `${views} views of each`;
    console.log(
      `features, ${what}: ${pipelinePerSecond.toFixed(1)} views/s with decoding, ONNX Runtime alone ${alonePerSecond.toFixed(1)}, ratio ${ratio.toFixed(2)} (goal .9), by processor time ${processorRatio.toFixed(2)}`,
    );
  }
}

async function head(): Promise<void> {
  const { n, features: length, classes } = HEAD_SIZE;
  for (const name of ['wasm', 'node'] satisfies EngineName[]) {
    const engine = await load('head', name);
    if (!engine) continue;
    const { milliseconds, gigaflops } = await benchHead(engine, { rounds: 3 * ROUNDS });
    console.log(
      `head, ${name}: ${milliseconds.toFixed(0)} ms for the loss and gradient of ${n} x ${length} features, ${classes} classes (${gigaflops.toFixed(0)} GFLOPS)`,
    );
  }
}

async function fineTune(): Promise<void> {
  const engine = await load('fine-tune', 'node');
  if (!engine) return;
  const cache = cacheFolder(process.env);
  const torch = findTorch(cache, values.python);
  const { batchSize, milliseconds, torchMilliseconds, ratio } = await benchFineTune(base, engine, {
    rounds: ROUNDS,
    openTorch: async (network) => (torch ? openTorch(torch.python, network) : null),
  });
  const format = (step: number) =>
    `${step.toFixed(0)} ms a step of ${batchSize} (${((1000 * batchSize) / step).toFixed(1)} img/s)`;
  console.log(`fine-tune, node: ${format(milliseconds)}`);
  console.log(
    torchMilliseconds === null
      ? `fine-tune: ${adviseTorch(cache)}`
      : `fine-tune, PyTorch ${torch!.version}: ${format(torchMilliseconds)}, ours is ${ratio!.toFixed(2)} times as fast (goal 1)`,
  );
}

/** Null, and a line that says why, where the engine isn't there. */
async function load(part: string, name: EngineName): Promise<Engine | null> {
  return loadEngine(name, { root: ROOT }).catch((error: unknown) => {
    console.log(`${part}, ${name}: not measured. ${messageOf(error)}`);
    return null;
  });
}
