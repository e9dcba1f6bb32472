/**
 * @module core/lifecycle/gates/relative
 * Gates: a version is not worse than the one in production.
 *
 * "Worse" takes both: more than a point lost, and a loss that a test shows at 5 %. By the points alone, a retrained
 * model that is as good as the last would be turned away by the luck of a few pictures; by the test alone, thousands of
 * pictures would make a loss that nobody notices a reason. The price: on few pictures a real loss can't be shown and
 * passes (on 454, 9 lost and 2 gained can: p = .03; 9 and 3 can't), so the floors keep what may be lost over many
 * versions within bounds. The test is one-sided, since only a loss is asked about.
 */
import type { GateConfig } from '../../config.ts';
import { countWithin, type Evaluation } from '../../evaluation.ts';
import type { Manifest, Precision } from '../../manifest.ts';
import type { Gate } from '../../registry/schema.ts';
import { chanceOfLosing, differenceOfShares, SIGNIFICANCE } from '../../statistics.ts';
import { counted, gateOf, notJudged, percent, points } from './gate.ts';
import { sameBreeds } from './labels.ts';
import { type Pair, pairPictures } from './pairing.ts';
import { type Opponent, type Production, withoutOpponent } from './production.ts';

export interface RelativeOptions {
  manifest: Manifest;
  evaluation: Evaluation | undefined;
  /** What each serves at is compared: that is what people get. */
  precision: Precision;
  production: Production;
  settings: Pick<GateConfig, 'GATE_MAX_LOSS' | 'GATE_MIN_SHARED_PICTURES'>;
}

/** Top-1 and top-3 against production, by the best evidence that there is. */
export function relativeGates(options: RelativeOptions): Gate[] {
  return [1, 3].map((k) => compare(`top-${k} against production`, k, options));
}

function compare(name: string, k: number, options: RelativeOptions): Gate {
  const { manifest, evaluation, production, settings } = options;
  if (!('manifest' in production)) return withoutOpponent(name, production);
  if ('unreadable' in production.evaluation) return withoutOpponent(name, production.evaluation);
  if (evaluation === undefined || evaluation.pictures.length === 0) {
    return notJudged(name, 'there are no pictures held back');
  }
  const { pairs, isSameSet } = pairPictures(evaluation, production.evaluation);
  const isPaired = isSameSet || pairs.length >= settings.GATE_MIN_SHARED_PICTURES;
  if (isPaired) return pairedGate(name, { ...options, k, opponent: production, pairs, isSameSet });
  if (!sameBreeds(manifest.labels, production.manifest.labels)) {
    const why = `${production.version} in production knows other breeds, and only ${counted(pairs.length, 'picture')} held back are the same: with more breeds to confuse the same model shows less`;
    return notJudged(name, why, { severity: 'warn' });
  }
  return unpairedGate(name, {
    ...options,
    k,
    opponent: production,
    evaluation,
    other: production.evaluation,
  });
}

function pairedGate(
  name: string,
  options: RelativeOptions & { k: number; opponent: Opponent; pairs: Pair[]; isSameSet: boolean },
): Gate {
  const { precision, settings, k, opponent, pairs, isSameSet } = options;
  const n = pairs.length;
  if (n === 0) return notJudged(name, 'there are no pictures held back');
  const outcomes = pairs.map(({ candidate, production }) => ({
    ours: candidate.rank[precision] <= k,
    theirs: production.rank[opponent.precision] <= k,
  }));
  const lost = outcomes.filter(({ ours, theirs }) => theirs && !ours).length;
  const gained = outcomes.filter(({ ours, theirs }) => ours && !theirs).length;
  const right = outcomes.filter(({ ours }) => ours).length;
  const chance = chanceOfLosing({ lost, gained });
  const value = (gained - lost) / n;
  const isBeyond = (lost - gained) / n > settings.GATE_MAX_LOSS;
  const isShown = chance < SIGNIFICANCE;
  const which = isSameSet ? 'the same' : 'the sets differ; on the';
  const shares = `${percent(right / n)} against ${percent((right + lost - gained) / n)} of ${opponent.version}`;
  const reason = `${shares} (${points(value)} points), ${which} ${counted(n, 'picture')} held back${isSameSet ? '' : ' by both'}: ${lost} lost and ${gained} gained, p = ${chance.toFixed(3)} (McNemar, exact, one-sided)`;
  return gateOf(name, { value, threshold: -settings.GATE_MAX_LOSS, passed: !(isBeyond && isShown), reason });
}

function unpairedGate(
  name: string,
  options: RelativeOptions & { k: number; opponent: Opponent; evaluation: Evaluation; other: Evaluation },
): Gate {
  const { precision, settings, k, opponent, evaluation, other } = options;
  const share = ({ pictures }: Evaluation, at: Precision) => ({
    successes: countWithin(pictures, { k, precision: at }),
    n: pictures.length,
  });
  const [ours, theirs] = [share(evaluation, precision), share(other, opponent.precision)];
  if (theirs.n === 0) {
    return notJudged(name, `${opponent.version} in production held back no pictures`, { severity: 'warn' });
  }
  const value = ours.successes / ours.n - theirs.successes / theirs.n;
  const { low, high } = differenceOfShares(ours, theirs);
  const isBeyond = value < -settings.GATE_MAX_LOSS;
  const isShown = high < 0;
  const shares = `${percent(ours.successes / ours.n)} of ${ours.n} against ${percent(theirs.successes / theirs.n)} of ${theirs.n} by ${opponent.version}`;
  const reason = `${shares} (${points(value)} points, 95 % interval ${points(low)} to ${points(high)}): the sets of pictures differ and share too few, so the intervals decide`;
  return gateOf(name, { value, threshold: -settings.GATE_MAX_LOSS, passed: !(isBeyond && isShown), reason });
}
