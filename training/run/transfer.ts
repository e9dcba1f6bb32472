/**
 * @module training/run/transfer
 * `--network transfer`: a softmax layer on the features of a frozen base.
 */
import type { Base } from '../base/base.ts';
import { assignFolds } from '../data/split.ts';
import { cacheFolder } from '../features/cache.ts';
import { extractTrainingFeatures } from '../features/training-features.ts';
import type { HeadProgress } from '../head/train-head.ts';
import { FINAL_HEAD, trainHeads } from '../head/train-heads.ts';
import type { WeightType } from '../network/network.ts';
import { formatHeadProgress } from '../summary.ts';
import type { Job, Trained } from './job.ts';

/**
 * Extracts the features of the job's photographs, and trains a head for each fold and one on all of them. Throws
 * DataError where the loss isn't a number.
 */
export async function trainHeadOnBase(base: Base, job: Job): Promise<Trained> {
  const { settings, engine, reporter, stopwatch, pictures, root, openSession } = job;
  const { seed, maxSteps, folds } = settings;
  const weights = settings.weights as WeightType;
  const classes = job.classes.length;
  if (settings.resume)
    reporter.line('note: nothing to resume: features are kept in the cache, heads take a minute');
  const cache = settings.cache === 'on' ? cacheFolder(process.env) : null;
  const featureOptions = { ...settings, root, weights, openSession, cache, reporter };
  const features = await extractTrainingFeatures(base, pictures, featureOptions);
  stopwatch.lap('features');

  const truth = {
    labels: Int32Array.from(pictures, ({ label }) => label),
    folds: assignFolds(pictures, { classes, folds, seed }),
    classes,
  };
  const l2 = settings.l2 < 0 ? base.l2 : settings.l2;
  const headProgress: HeadProgress[] = [];
  const heads = await trainHeads(engine.tf, features, {
    ...truth,
    weights,
    l2,
    maxSteps,
    onProgress: (name, progress) => {
      if (name === FINAL_HEAD) headProgress.push(progress);
      reporter.line(formatHeadProgress(name, progress, stopwatch.total()));
    },
  });
  stopwatch.lap('heads');
  return {
    base,
    head: heads.final,
    features,
    unseen: heads.outOfFold,
    truth,
    resolved: { l2 },
    learning: { unseenBy: 'fold', headProgress, history: [], keptEpoch: null, mix: null },
    clear: async () => {},
  };
}
