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
import { join, resolve } from 'node:path';
import { parseConfig } from '../core/config.ts';
import { openStorage } from '../core/storage/storage.ts';
import { isAddress } from './base/fetch-base.ts';
import { readCodeVersion } from './code-version.ts';
import { publicUrl } from './data/download.ts';
import { measureTrained } from './phases/measure-trained.ts';
import { prepareRun } from './phases/prepare.ts';
import { trainNetwork } from './phases/train-network.ts';
import { pushVersion } from './push.ts';
import { describeSettings, readSettings } from './read-settings.ts';
import { runCommand } from './run-command.ts';
import type { Settings } from './settings.ts';
import { formatSummary, peakMegabytes } from './summary.ts';
import { saveVersion } from './version/save-version.ts';

const ROOT = join(import.meta.dirname, '..');
const SESSION_WORKER = join(import.meta.dirname, 'features', 'session-worker.ts');

async function train(settings: Settings, unknown: string[]): Promise<void> {
  const out = resolve(ROOT, settings.out);
  const checkpoints = settings.checkpoints ? resolve(ROOT, settings.checkpoints) : join(out, '.checkpoint');
  // Opened before the work, so that a wrong connection string doesn't end a run of minutes.
  const storage = settings.push ? openStorage(parseConfig(process.env)) : null;

  // Phase 1: what the network starts from, and the photographs.
  const prepared = await prepareRun(settings, { root: ROOT, sessionWorker: SESSION_WORKER, unknown });
  const { engine, reporter, stopwatch, openSession, start, photographs } = prepared;
  const { data, labels, split } = photographs;
  const { classes, root } = data;
  reporter.line(
    `${split.training.length} photographs of ${classes.length} breeds to train on, ${split.evaluation.length} held back`,
  );

  // Phase 2: training. From here on all ways are the same: a base, a head, and scores of unseen photographs.
  const tools = { engine, reporter, stopwatch, openSession, checkpoints };
  const trained = await trainNetwork(start, { settings, ...tools, root, classes, pictures: split.training });

  // Phase 3: what the scores are worth, by the files that serve.
  const measured = await measureTrained(trained, { settings, root, labels, split, openSession, reporter });
  stopwatch.lap('measurement');

  // Phase 4: the version.
  const circumstances = {
    engine: engine.description,
    seconds: stopwatch.seconds,
    peakMegabytes: peakMegabytes(),
  };
  const code = await readCodeVersion(ROOT, process.env);
  const run = {
    // An address goes without its query, which may be a signature.
    settings: {
      ...settings,
      data: photographs.source,
      base: isAddress(settings.base) ? publicUrl(settings.base) : settings.base,
      ...trained.resolved,
    },
    base: trained.base,
    data,
    split,
    nearDuplicates: split.nearDuplicates,
    labels,
    features: trained.features,
    featureCount: trained.head.features,
    learning: trained.learning,
    ...measured,
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

await runCommand(async (words) => {
  if (words.includes('--help')) return console.log(describeSettings());
  const { settings, unknown } = readSettings(words, process.env);
  return train(settings, unknown);
});
