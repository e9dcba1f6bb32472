/**
 * @module training/fine-tune/starting-head
 * The head that fine-tuning starts from: on features of the frozen base, without the validation part.
 */

import type { Base } from '../base/base.ts';
import { cacheFolder } from '../features/cache.ts';
import { extractTrainingFeatures } from '../features/training-features.ts';
import { balancedWeights, type Head, type HeadProgress, openTrainer } from '../head/train-head.ts';
import type { WeightType } from '../network/network.ts';
import type { Job } from '../run/job.ts';
import { formatHeadProgress } from '../summary.ts';

/** Trains on every view of the pictures that `isUsed` says. Throws DataError where the loss isn't a number. */
export async function trainStartingHead(
  base: Base,
  job: Job,
  { labels, isUsed }: { labels: Int32Array; isUsed: (picture: number) => boolean },
): Promise<{ head: Head; l2: number; headProgress: HeadProgress[] }> {
  const { settings, engine, root, openSession, reporter, stopwatch } = job;
  const weights = settings.weights as WeightType;
  const cache = settings.cache === 'on' ? cacheFolder(process.env) : null;
  const options = { ...settings, root, weights, openSession, cache, reporter };
  const { views, viewsPerPicture } = await extractTrainingFeatures(base, job.pictures, options);
  stopwatch.lap('features');

  const classes = job.classes.length;
  const pictureOf = (row: number) => Math.floor(row / viewsPerPicture);
  const rowLabels = Int32Array.from({ length: views.n }, (_, row) => labels[pictureOf(row)]!);
  const used = (row: number) => isUsed(pictureOf(row));
  const l2 = settings.l2 < 0 ? base.l2 : settings.l2;
  const headProgress: HeadProgress[] = [];
  const trainer = openTrainer(engine.tf, views, { labels: rowLabels, classes });
  try {
    const head = await trainer.fit({
      weights: balancedWeights(rowLabels, { classes, used }),
      l2,
      maxSteps: settings.maxSteps,
      onProgress: (progress) => {
        headProgress.push(progress);
        reporter.line(formatHeadProgress('head', progress, stopwatch.total()));
      },
    });
    stopwatch.lap('heads');
    return { head, l2, headProgress };
  } finally {
    trainer.dispose();
  }
}
