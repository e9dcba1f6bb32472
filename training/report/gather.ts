/**
 * @module training/report/gather
 * From what a run found out to what the report is made of.
 */
import type { Label, Metrics, Precision } from '../../core/manifest.ts';
import type { Picture } from '../data/data-set.ts';
import { type Details, describeAnswers } from '../evaluate/details.ts';
import { agreement } from '../evaluate/evaluation.ts';
import { type FittedScores, forEachPrecision } from '../evaluate/fit-scores.ts';
import type { Scored } from '../evaluate/ranks.ts';
import type { Learning } from '../run/job.ts';
import type { History } from './history.ts';
import { ON_VALIDATION, OUT_OF_FOLD, type ReportInput } from './input.ts';

/** Of a run, what a report needs. */
export interface RunResults {
  settings: { network: string; reportPictures: string };
  data: { root: string; notes: readonly string[] };
  split: { evaluation: readonly Picture[] };
  labels: readonly Label[];
  fitted: FittedScores;
  outOfFold: Record<Precision, Metrics>;
  learning: Learning;
  served: { scored: Record<Precision, Scored>; cosines: Record<Precision, Float32Array> };
  nearDuplicates?: readonly (readonly string[])[] | undefined;
  circumstances: Readonly<Record<string, unknown>>;
}

/** What the answers to the pictures held back say, by precision. */
export function describeServed({ served, labels, fitted }: RunResults): Record<Precision, Details> {
  return forEachPrecision((precision) =>
    describeAnswers(served.scored[precision], {
      labels,
      temperature: fitted.temperature[precision],
      cosines: served.cosines[precision],
      unknownThreshold: fitted.unknownThreshold[precision],
      ambiguousBelow: fitted.ambiguousBelow,
    }),
  );
}

export function gatherReport(
  run: RunResults,
  { facts, details, createdAt }: Pick<ReportInput, 'facts' | 'details' | 'createdAt'>,
): ReportInput {
  const { settings, served, nearDuplicates } = run;
  return {
    facts,
    details,
    createdAt,
    root: run.data.root,
    notes: run.data.notes,
    evaluation: run.split.evaluation,
    scored: served.scored,
    unseen: run.outOfFold,
    unseenName: run.learning.unseenBy === 'validation' ? ON_VALIDATION : OUT_OF_FOLD,
    agreement: agreement(served.scored.float32, served.scored.int8),
    histories: historiesOf(run),
    circumstances: run.circumstances,
    showPictures: settings.reportPictures === 'on',
    ...(nearDuplicates ? { nearDuplicates } : {}),
  };
}

/** The phases of a run: a head, then epochs, or either alone. */
function historiesOf({ settings, learning }: RunResults): History[] {
  const { headProgress, history, keptEpoch, mix } = learning;
  const head: History = {
    unit: 'step',
    title: 'head on frozen features',
    points: headProgress.map(({ step, ...figures }) => ({ epoch: step, ...figures })),
  };
  const epochs: History = {
    unit: 'epoch',
    title: settings.network === 'scratch' ? 'network from scratch' : 'fine-tuning',
    points: history,
    ...(keptEpoch === null ? {} : { chosen: keptEpoch }),
    ...(mix === null ? {} : { mix }),
  };
  return [head, epochs].filter(({ points }) => points.length > 0);
}
