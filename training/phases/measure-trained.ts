/**
 * @module training/phases/measure-trained
 * The third phase of a run: what the trained network's scores are worth, and what the files that serve answer to the
 * pictures held back. The network comes in the same form, whichever way it was trained.
 */
import type { Label } from '../../core/manifest.ts';
import type { Split } from '../data/split.ts';
import { fitScores, forEachPrecision } from '../evaluate/fit-scores.ts';
import { measure } from '../evaluate/metrics.ts';
import type { Scored } from '../evaluate/ranks.ts';
import { convertForServing, runServingFiles } from '../evaluate/serving-files.ts';
import type { OpenSession } from '../features/session-pool.ts';
import { encodeNetwork } from '../network/model-files.ts';
import { addHead, roundWeights, type WeightType } from '../network/network.ts';
import type { Reporter } from '../reporter.ts';
import type { Trained } from '../run/job.ts';
import type { Settings } from '../settings.ts';
import { formatPercent } from '../summary.ts';
import { readGoldenPictures } from '../version/golden-pictures.ts';

export interface MeasureOptions {
  settings: Settings;
  root: string;
  labels: readonly Label[];
  split: Split;
  openSession: OpenSession;
  reporter: Reporter;
}

export async function measureTrained(trained: Trained, options: MeasureOptions) {
  const { settings, root, labels, split, openSession, reporter } = options;
  const { base, head, features, truth } = trained;
  const { input } = base;
  const weights = settings.weights as WeightType;
  const fitted = fitScores(trained.unseen, features, truth);
  const measureAt = (scored: Trained['unseen']) =>
    forEachPrecision((precision) =>
      measure(scored[precision] satisfies Scored, { labels, temperature: fitted.temperature[precision] }),
    );
  const outOfFold = measureAt(trained.unseen);
  const part = trained.learning.unseenBy === 'validation' ? 'validation' : 'out of fold';
  reporter.line(
    `${part}: top-1 ${formatPercent(outOfFold.float32.top1)}, int8 ${formatPercent(outOfFold.int8.top1)}`,
  );

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
  return { fitted, outOfFold, saved, golden, served, metrics: measureAt(served.scored) };
}
