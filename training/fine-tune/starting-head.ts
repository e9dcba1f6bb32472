/**
 * @module training/fine-tune/starting-head
 * The heads on features of the frozen base: the one that fine-tuning starts from, trained without the validation
 * part, and the one on every picture.
 */
import type { Base } from '../base/base.ts';
import { cacheFolder } from '../features/cache.ts';
import { extractTrainingFeatures } from '../features/training-features.ts';
import { balancedWeights, type Head, type HeadProgress, openTrainer } from '../head/train-head.ts';
import type { WeightType } from '../network/network.ts';
import type { Job } from '../run/job.ts';
import { formatHeadProgress } from '../summary.ts';

export interface StartingHeads {
  /** Of the pictures that `isUsed` says. */
  head: Head;
  /** Of all pictures. */
  wholeHead: Head;
  l2: number;
  /** Of the former, step by step. */
  headProgress: HeadProgress[];
}

/** Trains on every view of the pictures. Throws DataError where the loss isn't a number. */
export async function trainStartingHeads(
  base: Base,
  job: Job,
  { labels, isUsed }: { labels: Int32Array; isUsed: (picture: number) => boolean },
): Promise<StartingHeads> {
  const { settings, engine, root, openSession, reporter, stopwatch } = job;
  const weights = settings.weights as WeightType;
  const cache = settings.cache === 'on' ? cacheFolder(process.env) : null;
  const options = { ...settings, root, weights, openSession, cache, reporter };
  const { views, viewsPerPicture } = await extractTrainingFeatures(base, job.pictures, options);
  stopwatch.lap('features');

  const classes = job.classes.length;
  const pictureOf = (row: number) => Math.floor(row / viewsPerPicture);
  const rowLabels = Int32Array.from({ length: views.n }, (_, row) => labels[pictureOf(row)]!);
  const l2 = settings.l2 < 0 ? base.l2 : settings.l2;
  const headProgress: HeadProgress[] = [];
  const trainer = openTrainer(engine.tf, views, { labels: rowLabels, classes });
  const fitHead = (name: string, used: (row: number) => boolean, keep?: HeadProgress[]) =>
    trainer.fit({
      weights: balancedWeights(rowLabels, { classes, used }),
      l2,
      maxSteps: settings.maxSteps,
      onProgress: (progress) => {
        keep?.push(progress);
        reporter.line(formatHeadProgress(name, progress, stopwatch.total()));
      },
    });
  try {
    const head = await fitHead('head', (row) => isUsed(pictureOf(row)), headProgress);
    const wholeHead = await fitHead('head on all', () => true);
    stopwatch.lap('heads');
    return { head, wholeHead, l2, headProgress };
  } finally {
    trainer.dispose();
  }
}
