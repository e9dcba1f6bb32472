/**
 * @module core/lifecycle/gates/calibration
 * Gate: the scores can be believed.
 */
import type { Manifest, Precision } from '../../manifest.ts';
import type { Gate } from '../../registry/schema.ts';
import { calibrationErrorByChance } from '../../statistics.ts';
import { counted, gateOf, notJudged, percent } from './gate.ts';

/**
 * The calibration error at the fitted temperature is no more than `most` beyond what chance gives: a perfect model
 * isn't measured at 0, the less so on few pictures. On 592 pictures and 91 % right that is 3.6 % at most, and one
 * with the scores of ours measured 2.7 %.
 */
export function calibrationGate(
  { metrics }: Pick<Manifest, 'metrics'>,
  { precision, most }: { precision: Precision; most: number },
): Gate {
  const name = 'calibration';
  const { n, top1, eceAfter: value } = metrics[precision];
  if (n === 0) return notJudged(name, 'there are no pictures held back');
  const byChance = calibrationErrorByChance({ right: top1 * n, n });
  const threshold = most + byChance;
  const reason = `by training's own figure the expected calibration error is ${percent(value)} (${precision}); at most ${percent(most)} is taken beyond the ${percent(byChance)} that chance can give on ${counted(n, 'picture')}`;
  return gateOf(name, { value, threshold, passed: value <= threshold, reason });
}
