/**
 * @module training/report/history
 * How a training went, epoch by epoch, and whether it overfitted.
 */
import type { Mix } from '../run/job.ts';
import { formatPercent } from '../summary.ts';

/** One epoch, or some steps of L-BFGS for a head on frozen features. Shares are between 0 and 1. */
export interface HistoryPoint {
  /** Epochs, or steps, that are done; it rises. */
  epoch: number;
  loss: number;
  top1: number;
  top3: number;
  /** On the validation part, where the run has one. */
  validationLoss?: number;
  validationTop1?: number;
  validationTop3?: number;
}

export interface History {
  /** What `epoch` counts. */
  unit: 'epoch' | 'step';
  /** What was trained: "head on frozen features", "network from scratch", "fine-tuning". */
  title: string;
  points: readonly HistoryPoint[];
  /** The epoch whose weights were kept, where there was a choice. */
  chosen?: number;
  /** Where the result is a mean of the weights before and after, as fine-tuning's is. */
  mix?: Mix;
}

export interface Fit {
  verdict: 'none' | 'some' | 'strong' | 'unclear';
  /** For people: what the curves say about overfitting. */
  sentence: string;
}

/** Points of a percent from which on a gap that is no chance is called strong. */
const STRONG = 10;

/**
 * What the gap between the training and the validation part says, and a validation loss that rose again. A gap within two
 * standard errors of the validation part's share is chance.
 */
export function judgeFit({
  training,
  validation,
  on,
  history,
}: {
  training: number;
  validation: { top1: number; n: number };
  /** What the validation part is, for the sentence: "out of fold". */
  on: string;
  history?: History;
}): Fit {
  const gap = 100 * (training - validation.top1);
  const error = 100 * Math.sqrt((validation.top1 * (1 - validation.top1)) / Math.max(1, validation.n));
  const atEnd = history && !isOfLastEpoch(history) ? ' after the last epoch' : '';
  const compared = `Top-1 is ${formatPercent(training)} on the training photographs and ${formatPercent(validation.top1)} ${on} (n = ${validation.n})${atEnd}: a gap of ${gap.toFixed(1)} points, where one standard error is ${error.toFixed(1)}.`;
  const rise = history ? lossRise(history) : null;
  const kept = history ? describeKept(history) : '';
  const rose = rise
    ? ` The validation loss was lowest at ${history!.unit} ${rise.at} (${rise.lowest.toFixed(3)}) and ended at ${rise.last.toFixed(3)}: from there on the network learned its training photographs by heart.`
    : '';
  if (validation.n < 2) return { verdict: 'unclear', sentence: `${compared} That is too few to judge.` };
  if (gap <= 2 * error && !rise) {
    return { verdict: 'none', sentence: `${compared} That is within chance: no sign of overfitting.${kept}` };
  }
  if (gap > STRONG || (rise && gap > 2 * error)) {
    return { verdict: 'strong', sentence: `${compared} It overfits.${rose}${kept}` };
  }
  return {
    verdict: 'some',
    sentence: `${compared} It knows its training photographs somewhat better than new ones, which is usual.${rose}${kept}`,
  };
}

/** Which weights are the result, where it isn't those of the last epoch: a sentence with a blank before it, or nothing. */
function describeKept(history: History): string {
  const { unit, chosen, mix } = history;
  if (mix) return ` ${describeMix(mix)}`;
  if (isOfLastEpoch(history)) return '';
  return ` The weights of ${unit} ${chosen} were kept.`;
}

/** Whether the result has the weights of the last epoch and no others. */
function isOfLastEpoch({ points, chosen, mix }: Pick<History, 'points' | 'chosen' | 'mix'>): boolean {
  if (mix) return mix.share === 1;
  return chosen === undefined || chosen === points.at(-1)?.epoch;
}

function describeMix({ share, tried }: Mix): string {
  if (share === 0) {
    return 'The result is the network before fine-tuning: on the validation part no share of the tuned weights was better.';
  }
  if (share === 1) return 'The result is that network, without the weights before fine-tuning.';
  const lossOf = (wanted: number) => tried.find((one) => one.share === wanted)?.calibratedLoss;
  const result = `The result isn't that network, but ${share.toFixed(2)} of its weights and ${(1 - share).toFixed(2)} of those before fine-tuning`;
  const [loss, before] = [lossOf(share), lossOf(0)];
  if (loss === undefined || before === undefined) return `${result}.`;
  return `${result}: at its own temperature it has a validation loss of ${loss.toFixed(3)}, those before have ${before.toFixed(3)}.`;
}

/** By so much the last validation loss must be above the lowest one to be called a rise. */
const RISE = 1.05;

/** Where the validation loss was lowest, if it rose again by more than a twentieth. */
export function lossRise({
  points,
}: Pick<History, 'points'>): { at: number; lowest: number; last: number } | null {
  const losses = points.flatMap(({ epoch, validationLoss }) =>
    validationLoss === undefined ? [] : [{ epoch, loss: validationLoss }],
  );
  const last = losses.at(-1);
  if (last === undefined) return null;
  const lowest = losses.reduce((a, b) => (b.loss < a.loss ? b : a));
  if (last.loss <= RISE * lowest.loss) return null;
  return { at: lowest.epoch, lowest: lowest.loss, last: last.loss };
}
