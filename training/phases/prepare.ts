/**
 * @module training/phases/prepare
 * The first phase of a run: its engine, what the network starts from, and the photographs.
 */
import { availableParallelism } from 'node:os';
import { ConfigurationError } from '../../core/errors.ts';
import { type Base, findBase, readBase } from '../base/base.ts';
import { fetchBase, isAddress } from '../base/fetch-base.ts';
import { type PreparedPhotographs, preparePhotographs } from '../data/prepare.ts';
import { type Engine, type EngineName, loadEngine } from '../engine.ts';
import { cacheFolder } from '../features/cache.ts';
import { type OpenSession, openSessionPool } from '../features/session-pool.ts';
import { checkFineTuning } from '../fine-tune/fine-tune.ts';
import { roundWeights, type WeightType } from '../network/network.ts';
import { openReporter, openStopwatch, type Reporter, type Stopwatch } from '../reporter.ts';
import { startFromScratch } from '../scratch/network.ts';
import type { Settings } from '../settings.ts';

export interface PreparedRun {
  engine: Engine;
  reporter: Reporter;
  stopwatch: Stopwatch;
  openSession: OpenSession;
  /** What the network starts from. */
  start: Base;
  photographs: PreparedPhotographs;
}

export interface PrepareOptions {
  /** Folder of the project. */
  root: string;
  /** The module that a session of ONNX Runtime runs in. */
  sessionWorker: string;
  /** Names of variables that look like settings and are none. */
  unknown: readonly string[];
}

/** Throws ConfigurationError or DataError for what a run can't start with, the quickest checks first. */
export async function prepareRun(
  settings: Settings,
  { root, sessionWorker, unknown }: PrepareOptions,
): Promise<PreparedRun> {
  if (settings.data === '') {
    throw new ConfigurationError('--data is missing: the folder of photographs, an archive or its address.');
  }
  const reporter = openReporter();
  const stopwatch = openStopwatch();
  const engine = await loadEngine(settings.engine as EngineName | 'auto', { root });
  reporter.line(engine.description);
  checkFineTuning(settings, engine);
  for (const name of unknown) reporter.line(`note: ${name} is set and is no setting`);
  const threads = settings.threads || availableParallelism();
  const isScratch = settings.network === 'scratch';
  const start = isScratch
    ? startFromScratch(settings, engine)
    : await startFromBase(settings, { root, reporter });
  const { width, height } = start.input;
  reporter.line(`network: ${start.name}, ${width} x ${height} pixels, ${settings.weights} weights`);
  const photographs = await preparePhotographs(settings, { cache: cacheFolder(process.env), reporter });
  stopwatch.lap('photographs');
  const openSession = (onnx: Uint8Array) => openSessionPool(onnx, { threads, script: sessionWorker });
  return { engine, reporter, stopwatch, openSession, start, photographs };
}

/** The base of the settings, with the weights that will be saved. */
async function startFromBase(
  settings: Settings,
  { root, reporter }: { root: string; reporter: Reporter },
): Promise<Base> {
  const cache = cacheFolder(process.env);
  if (isAddress(settings.base)) reporter.line('fetching the base, unless it is in the cache');
  const folder = isAddress(settings.base)
    ? await fetchBase(settings.base, { cache })
    : await findBase(settings.base, { root, modelsDir: process.env.MODELS_DIR });
  const found = await readBase(folder, { size: settings.size, scaling: settings.baseScaling });
  if (found.isGuess)
    reporter.line("note: the base doesn't say how its pixels are scaled; -1 to 1 is taken (--base-scaling)");
  // Rounded before anything is computed by it: features, figures and files then belong to the same weights.
  return { ...found, network: roundWeights(found.network, settings.weights as WeightType) };
}
