/**
 * @module training/train
 * Trains a model version on a folder of photographs, one folder per breed.
 *
 *     npm run train -- --data ../photographs                   the default: EfficientNet-Lite2 at 260 pixels
 *     npm run train -- --data ../photographs --base efficientnet_lite0 --size 256
 *     npm run train -- --data ../photographs --fine-tune       also trains the upper part of the base (tfjs-node)
 *     npm run train -- --data ../photographs --network scratch
 *     npm run train -- --data ../photographs --network scratch --resume          after a kill or Ctrl-C
 *     npm run train -- --data ../photographs --push            also puts it into Blob Storage (MODEL_STORAGE)
 *     npm run train -- --help                                  every setting
 *
 * By default the base is frozen: its features are extracted once through ONNX Runtime, and a softmax layer is
 * trained on them in TensorFlow.js. Fine-tuning then trains the upper part of the base with it. From scratch, a small
 * network of convolutions learns all by itself. What is measured is what the files that serve answer.
 */
import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { parseConfig } from '../core/config.ts';
import { ConfigurationError } from '../core/errors.ts';
import { openStorage } from '../core/storage/storage.ts';
import { type Base, findBase, readBase } from './base/base.ts';
import { fetchBase, isAddress } from './base/fetch-base.ts';
import { readCodeVersion } from './code-version.ts';
import { publicUrl } from './data/download.ts';
import { preparePhotographs } from './data/prepare.ts';
import { type EngineName, loadEngine } from './engine.ts';
import { fitScores, forEachPrecision } from './evaluate/fit-scores.ts';
import { measure } from './evaluate/metrics.ts';
import { convertForServing, runServingFiles } from './evaluate/serving-files.ts';
import { cacheFolder } from './features/cache.ts';
import { openSessionPool } from './features/session-pool.ts';
import { checkFineTuning, fineTune } from './fine-tune/fine-tune.ts';
import { encodeNetwork } from './network/model-files.ts';
import { addHead, roundWeights, type WeightType } from './network/network.ts';
import { pushVersion } from './push.ts';
import { openReporter, openStopwatch, type Reporter } from './reporter.ts';
import { trainHeadOnBase } from './run/transfer.ts';
import { runCommand } from './run-command.ts';
import { startFromScratch } from './scratch/network.ts';
import { trainFromScratch } from './scratch/train-scratch.ts';
import { describeSettings, readSettings, type Settings } from './settings.ts';
import { formatPercent, formatSummary, peakMegabytes } from './summary.ts';
import { readGoldenPictures } from './version/golden-pictures.ts';
import { saveVersion } from './version/save-version.ts';

const ROOT = join(import.meta.dirname, '..');
const SESSION_WORKER = join(import.meta.dirname, 'features', 'session-worker.ts');

async function train(settings: Settings, unknown: string[]): Promise<void> {
  if (settings.data === '') {
    throw new ConfigurationError('--data is missing: the folder of photographs, an archive or its address.');
  }
  const out = resolve(ROOT, settings.out);
  const checkpoints = settings.checkpoints ? resolve(ROOT, settings.checkpoints) : join(out, '.checkpoint');
  const reporter = openReporter();
  const stopwatch = openStopwatch();
  const engine = await loadEngine(settings.engine as EngineName | 'auto', { root: ROOT });
  reporter.line(engine.description);
  checkFineTuning(settings, engine);
  for (const name of unknown) reporter.line(`note: ${name} is set and is no setting`);
  // Opened before the work, so that a wrong connection string doesn't end a run of minutes.
  const storage = settings.push ? openStorage(parseConfig(process.env)) : null;
  const weights = settings.weights as WeightType;
  const threads = settings.threads || availableParallelism();
  const openSession = (onnx: Uint8Array) => openSessionPool(onnx, { threads, script: SESSION_WORKER });

  // Phase 1: what the network starts from, and the photographs.
  const isScratch = settings.network === 'scratch';
  const start = isScratch ? startFromScratch(settings, engine) : await startFromBase(settings, reporter);
  const { input } = start;
  reporter.line(`network: ${start.name}, ${input.width} x ${input.height} pixels, ${weights} weights`);
  const photographs = await preparePhotographs(settings, { cache: cacheFolder(process.env), reporter });
  const { data, labels, split } = photographs;
  const { classes, root } = data;
  const { training, evaluation } = split;
  reporter.line(
    `${training.length} photographs of ${classes.length} breeds to train on, ${evaluation.length} held back`,
  );
  stopwatch.lap('photographs');

  // Phase 2: training. From here on both ways are the same: a base, a head, and scores of unseen photographs.
  const tools = { engine, reporter, stopwatch, openSession, checkpoints };
  const job = { settings, ...tools, root, classes, pictures: training };
  const trainTransfer = settings.fineTune ? fineTune : trainHeadOnBase;
  const trained = await (isScratch ? trainFromScratch : trainTransfer)(start, job);
  const { base, head, features, truth } = trained;

  // Phase 3: what the scores are worth.
  const fitted = fitScores(trained.unseen, features, truth);
  const measureAt = (scored: typeof trained.unseen) =>
    forEachPrecision((precision) =>
      measure(scored[precision], { labels, temperature: fitted.temperature[precision] }),
    );
  const outOfFold = measureAt(trained.unseen);
  reporter.line(
    `${isScratch || settings.fineTune ? 'validation' : 'out of fold'}: top-1 ${formatPercent(outOfFold.float32.top1)}, int8 ${formatPercent(outOfFold.int8.top1)}`,
  );

  // Phase 4: measurement, by the files that serve.
  const saved = encodeNetwork(roundWeights(addHead(base.network, head), weights), weights);
  const golden = await readGoldenPictures(split, { ...settings, root, input });
  const onnx = convertForServing(saved, { input, calibration: features.calibration });
  const served = await runServingFiles(onnx, {
    ...split,
    root,
    input,
    features,
    head,
    classMeans: fitted.classMeans,
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
  const run = {
    // An address goes without its query, which may be a signature.
    settings: {
      ...settings,
      data: photographs.source,
      base: isAddress(settings.base) ? publicUrl(settings.base) : settings.base,
      ...trained.resolved,
    },
    base,
    data,
    split,
    nearDuplicates: split.nearDuplicates,
    labels,
    features,
    featureCount: head.features,
    fitted,
    outOfFold,
    history: trained.history,
    headProgress: trained.headProgress,
    saved,
    golden,
    served,
    metrics,
  };
  const version = await saveVersion({ ...run, circumstances, code }, { tf: engine.tf, out });
  await trained.clear();
  if (storage) {
    await pushVersion(storage, version.folder);
    reporter.line(`pushed to the container trained as ${version.version}`);
  }
  const end = { folder: version.folder, seconds: stopwatch.total(), peakMegabytes: peakMegabytes() };
  for (const line of formatSummary(version.manifest, end)) reporter.line(line);
}

/** The base of the settings, with the weights that will be saved. */
async function startFromBase(settings: Settings, reporter: Reporter): Promise<Base> {
  const cache = cacheFolder(process.env);
  if (isAddress(settings.base)) reporter.line('fetching the base, unless it is in the cache');
  const folder = isAddress(settings.base)
    ? await fetchBase(settings.base, { cache })
    : await findBase(settings.base, { root: ROOT, modelsDir: process.env.MODELS_DIR });
  const found = await readBase(folder, { size: settings.size, scaling: settings.baseScaling });
  if (found.isGuess)
    reporter.line("note: the base doesn't say how its pixels are scaled; -1 to 1 is taken (--base-scaling)");
  // Rounded before anything is computed by it: features, figures and files then belong to the same weights.
  return { ...found, network: roundWeights(found.network, settings.weights as WeightType) };
}

await runCommand(async (words) => {
  if (words.includes('--help')) return console.log(describeSettings());
  const { settings, unknown } = readSettings(words, process.env);
  return train(settings, unknown);
});
