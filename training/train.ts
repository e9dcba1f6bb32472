/**
 * @module training/train
 * Trains a model version on a folder of photographs, one folder per breed.
 *
 *     npm run train -- --data ../photographs                   the default: EfficientNet-Lite2 at 260 pixels
 *     npm run train -- --data ../photographs --base efficientnet_lite0 --size 256
 *     npm run train -- --data ../photographs --push            also puts it into Blob Storage (MODEL_STORAGE)
 *     npm run train -- --help                                  every setting
 *
 * The base is frozen: its features are extracted once through ONNX Runtime, and a softmax layer is trained on
 * them in TensorFlow.js. What is measured is what the files that serve answer.
 */
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { parseConfig } from '../core/config.ts';
import { ConfigurationError } from '../core/errors.ts';
import { readPhotograph } from '../core/image/read.ts';
import { openStorage } from '../core/storage/storage.ts';
import { findBase, readBase } from './base/base.ts';
import { readCodeVersion } from './code-version.ts';
import { readDataSet } from './data/data-set.ts';
import { labelsOf } from './data/species.ts';
import { assignFolds, splitPictures } from './data/split.ts';
import { type EngineName, loadEngine } from './engine.ts';
import { fitScores, forEachPrecision } from './evaluate/fit-scores.ts';
import { measure } from './evaluate/metrics.ts';
import { convertForServing, runServingFiles } from './evaluate/serving-files.ts';
import { cacheFolder } from './features/cache.ts';
import { openSessionPool } from './features/session-pool.ts';
import { extractTrainingFeatures } from './features/training-features.ts';
import { trainHeads } from './head/train-heads.ts';
import { encodeNetwork } from './network/model-files.ts';
import { addHead, roundWeights, type WeightType } from './network/network.ts';
import { pushVersion } from './push.ts';
import { openReporter, openStopwatch } from './reporter.ts';
import { runCommand } from './run-command.ts';
import { describeSettings, readSettings, type Settings } from './settings.ts';
import { formatHeadProgress, formatPercent, formatSkipped, formatSummary, peakMegabytes } from './summary.ts';
import { readGoldenPictures } from './version/golden-pictures.ts';
import { saveVersion } from './version/save-version.ts';

const ROOT = join(import.meta.dirname, '..');
const SESSION_WORKER = join(import.meta.dirname, 'features', 'session-worker.ts');

async function train(settings: Settings, unknown: string[]): Promise<void> {
  if (settings.data === '') {
    throw new ConfigurationError('--data is missing: the folder of photographs, one folder per breed.');
  }
  const reporter = openReporter();
  const stopwatch = openStopwatch();
  const engine = await loadEngine(settings.engine as EngineName | 'auto', { root: ROOT });
  reporter.line(engine.description);
  for (const name of unknown) reporter.line(`note: ${name} is set and is no setting`);
  // Opened before the work, so that a wrong connection string doesn't end a run of minutes.
  const storage = settings.push ? openStorage(parseConfig(process.env)) : null;
  const { seed } = settings;
  const weights = settings.weights as WeightType;
  const threads = settings.threads || availableParallelism();
  const openSession = (onnx: Uint8Array) => openSessionPool(onnx, { threads, script: SESSION_WORKER });

  // Phase 1: the base and the photographs.
  const folder = await findBase(settings.base, { root: ROOT, modelsDir: process.env.MODELS_DIR });
  const found = await readBase(folder, { size: settings.size });
  // Rounded before anything is computed by it: features, figures and files then belong to the same weights.
  const base = { ...found, network: roundWeights(found.network, weights) };
  const { input } = base;
  reporter.line(`base: ${base.name}, ${input.width} x ${input.height} pixels, ${weights} weights`);
  const checking = reporter.progress('reading photographs');
  const decode = (bytes: Uint8Array) => readPhotograph(bytes, { input });
  const data = await readDataSet(settings.data, { decode, onProgress: checking.onProgress }).finally(
    checking.end,
  );
  for (const line of formatSkipped(data.skipped)) reporter.line(line);
  const { classes, root } = data;
  const labels = labelsOf(classes);
  const split = splitPictures(data.pictures, { classes, seed, evaluationShare: settings.evaluationShare });
  if (labels.every(({ species }) => species === 'other')) {
    reporter.line('note: the names tell no cats from dogs; prefixes cat_ and dog_ would');
  }
  const { training, evaluation } = split;
  reporter.line(
    `${training.length} photographs of ${classes.length} breeds to train on, ${evaluation.length} held back`,
  );
  stopwatch.lap('photographs');

  // Phase 2: the features of the frozen base.
  const cache = settings.cache === 'on' ? cacheFolder(process.env) : null;
  const featureOptions = { ...settings, root, weights, openSession, cache, reporter };
  const features = await extractTrainingFeatures(base, training, featureOptions);
  stopwatch.lap('features');

  // Phase 3: heads, and what their out-of-fold scores tell.
  const truth = {
    labels: Int32Array.from(training, ({ label }) => label),
    folds: assignFolds(training, { classes: classes.length, folds: settings.folds, seed }),
    classes: classes.length,
  };
  const l2 = settings.l2 < 0 ? base.l2 : settings.l2;
  const heads = await trainHeads(engine.tf, features, {
    ...truth,
    weights,
    l2,
    maxSteps: settings.maxSteps,
    onProgress: (name, progress) => reporter.line(formatHeadProgress(name, progress, stopwatch.total())),
  });
  const fitted = fitScores(heads.outOfFold, features, truth);
  const measureAt = (scored: typeof heads.outOfFold) =>
    forEachPrecision((precision) =>
      measure(scored[precision], { labels, temperature: fitted.temperature[precision] }),
    );
  const outOfFold = measureAt(heads.outOfFold);
  reporter.line(
    `out of fold: top-1 ${formatPercent(outOfFold.float32.top1)}, int8 ${formatPercent(outOfFold.int8.top1)}`,
  );
  stopwatch.lap('heads');

  // Phase 4: measurement, by the files that serve.
  const saved = encodeNetwork(roundWeights(addHead(base.network, heads.final), weights), weights);
  const golden = await readGoldenPictures(split, { ...settings, root, input });
  const onnx = convertForServing(saved, { input, calibration: features.calibration });
  const served = await runServingFiles(onnx, {
    ...split,
    root,
    input,
    features,
    head: heads.final,
    golden,
    openSession,
    reporter,
  });
  const metrics = measureAt(served.scored);
  stopwatch.lap('measurement');

  // Phase 5: the version.
  const circumstances = {
    engine: engine.description,
    seconds: stopwatch.seconds,
    peakMegabytes: peakMegabytes(),
  };
  const code = await readCodeVersion(ROOT);
  const featureCount = heads.final.features;
  const run = {
    settings: { ...settings, l2 },
    base,
    data,
    split,
    labels,
    features,
    featureCount,
    fitted,
    outOfFold,
    saved,
    golden,
    served,
    metrics,
  };
  const version = await saveVersion(
    { ...run, circumstances, code },
    { tf: engine.tf, out: resolve(ROOT, settings.out) },
  );
  if (storage) {
    await pushVersion(storage, version.folder);
    reporter.line(`pushed to the container trained as ${version.version}`);
  }
  const end = { folder: version.folder, seconds: stopwatch.total(), peakMegabytes: peakMegabytes() };
  for (const line of formatSummary(version.manifest, end)) reporter.line(line);
}

await runCommand(async (words) => {
  if (words.includes('--help')) return console.log(describeSettings());
  const { settings, unknown } = readSettings(words, process.env);
  return train(settings, unknown);
});
