/**
 * @module training/run/history
 * The figures of each epoch, for the log, the checkpoint and the report.
 */
import { rankOf } from '../evaluate/ranks.ts';
import { formatSeconds } from '../reporter.ts';
import { formatPercent } from '../summary.ts';

/** Mean cross-entropy (natural logarithm, without weights and smoothing), and shares from 0 to 1. */
export interface Figures {
  loss: number;
  top1: number;
  top3: number;
}

/** The figures on the validation part of weights of which this share is tuned, and the others are those before. */
export interface TriedShare extends Figures {
  share: number;
  /** The loss at the temperature that suits these weights best: it is fitted anew for the result anyway. */
  calibratedLoss: number;
}

/**
 * One epoch. The first three are over the training pictures as the epoch met them, while the weights moved (and
 * with augmentation where there is any); the others over the validation part, after it.
 */
export interface EpochRecord extends Figures {
  epoch: number;
  validationLoss: number;
  validationTop1: number;
  validationTop3: number;
  seconds: number;
}

/** Adds up the figures of pictures, batch by batch. */
export function openTally(): {
  add(logits: Float32Array, labels: ArrayLike<number>): void;
  figures(): Figures;
} {
  let [n, loss, first, third] = [0, 0, 0, 0];
  return {
    add(logits, labels) {
      const classes = logits.length / labels.length;
      for (let row = 0; row < labels.length; row++) {
        const own = logits.subarray(row * classes, (row + 1) * classes);
        const rank = rankOf(own, labels[row]!);
        loss += crossEntropy(own, labels[row]!);
        first += rank === 1 ? 1 : 0;
        third += rank <= 3 ? 1 : 0;
      }
      n += labels.length;
    },
    figures: () => ({ loss: loss / n, top1: first / n, top3: third / n }),
  };
}

/** -log softmax(logits)[label]. */
function crossEntropy(logits: Float32Array, label: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (const logit of logits) largest = Math.max(largest, logit);
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - largest);
  return Math.log(sum) + largest - logits[label]!;
}

/** One line of the log. `pictures` were trained on in the epoch; `left` are the seconds until the last one. */
export function formatEpoch(
  record: EpochRecord,
  { epochs, pictures, left }: { epochs: number; pictures: number; left: number },
): string {
  const part = ({ loss, top1, top3 }: Figures) =>
    `loss ${loss.toFixed(4)}, top-1 ${formatPercent(top1)}, top-3 ${formatPercent(top3)}`;
  const validation = {
    loss: record.validationLoss,
    top1: record.validationTop1,
    top3: record.validationTop3,
  };
  const speed = `${(pictures / record.seconds).toFixed(1)} pictures/s, ${formatSeconds(left)} left`;
  return `epoch ${record.epoch} of ${epochs}: ${part(record)}; validation: ${part(validation)}; ${speed}`;
}
