/**
 * @module core/retrain/decision
 * Whether it is time to train anew, from figures alone: the same figures give the same decision, and it says why.
 */
import type { RetrainConfig } from '../config.ts';
import { populationStabilityIndex } from './drift.ts';
import type { Check, RetrainDecision } from './schema.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/** Answers of one version in a window of days: counts of its best scores by bucket. */
export interface ScoreWindow {
  n: number;
  buckets: readonly number[];
}

/** What a decision is made from. */
export interface Signals {
  /** Pictures of feedback that were accepted since {@link Signals.since}. */
  acceptedFeedback: number;
  /** When the last training that succeeded began; without one, when the version in production was made. */
  since: Date | null;
  /** When the version in production was trained; null where nothing is in production. */
  productionMadeAt: Date | null;
  /** Null where the two windows would overlap, or nothing is in production. */
  scores: { first: ScoreWindow; last: ScoreWindow } | null;
  /** When the last run ended, well or not; null where none did, or it was lost. */
  lastRunEndedAt: Date | null;
}

type Limits = Pick<
  RetrainConfig,
  | 'RETRAIN_MIN_FEEDBACK'
  | 'RETRAIN_MAX_AGE_DAYS'
  | 'RETRAIN_MAX_DRIFT'
  | 'RETRAIN_DRIFT_DAYS'
  | 'RETRAIN_DRIFT_MIN_ANSWERS'
  | 'RETRAIN_PAUSE_HOURS'
>;

/** One check that is met is enough, unless the last training is only just over. */
export function decide(signals: Signals, limits: Limits, now: Date): RetrainDecision {
  const checks = [
    checkFeedback(signals, limits),
    checkAge(signals, limits, now),
    checkDrift(signals, limits),
  ];
  const met = checks.filter((check) => check.met);
  const pauseEnds = (signals.lastRunEndedAt?.getTime() ?? 0) + limits.RETRAIN_PAUSE_HOURS * HOUR_MS;
  const isPause = signals.lastRunEndedAt !== null && now.getTime() < pauseEnds;
  const why = (met.length > 0 ? met : checks).map(({ reason }) => reason).join('; ');
  return {
    at: now.toISOString(),
    by: 'schedule',
    start: met.length > 0 && !isPause,
    reason:
      isPause && met.length > 0 ? `${why}; but it pauses until ${new Date(pauseEnds).toISOString()}` : why,
    checks,
  };
}

function checkFeedback({ acceptedFeedback, since }: Signals, limits: Limits): Check {
  const threshold = limits.RETRAIN_MIN_FEEDBACK;
  const met = threshold > 0 && acceptedFeedback >= threshold;
  const when = since === null ? 'so far' : `since ${since.toISOString()}`;
  return {
    name: 'feedback',
    value: acceptedFeedback,
    threshold,
    met,
    reason: `${acceptedFeedback} pictures of feedback accepted ${when}, ${limit(threshold)}`,
  };
}

function checkAge({ productionMadeAt, since }: Signals, limits: Limits, now: Date): Check {
  const threshold = limits.RETRAIN_MAX_AGE_DAYS;
  if (productionMadeAt === null) {
    return { name: 'age', value: null, threshold, met: false, reason: 'nothing is in production' };
  }
  const daysSince = (date: Date) => round((now.getTime() - date.getTime()) / DAY_MS, 1);
  const value = daysSince(productionMadeAt);
  const isOld = threshold > 0 && value >= threshold;
  // A gate may have refused what the last training made: the same data would make the same again at every schedule.
  const sinceTraining = since === null ? value : daysSince(since);
  const isTrained = isOld && sinceTraining < threshold;
  const reason = `production is ${value} days old, ${limit(threshold)}`;
  return {
    name: 'age',
    value,
    threshold,
    met: isOld && !isTrained,
    reason: isTrained ? `${reason}, but the last training is only ${sinceTraining} days ago` : reason,
  };
}

function checkDrift({ scores }: Signals, limits: Limits): Check {
  const threshold = limits.RETRAIN_MAX_DRIFT;
  const days = limits.RETRAIN_DRIFT_DAYS;
  const unknown = (reason: string): Check => ({ name: 'drift', value: null, threshold, met: false, reason });
  if (scores === null) return unknown(`drift can't be told before production has served twice ${days} days`);
  const { first, last } = scores;
  const fewest = limits.RETRAIN_DRIFT_MIN_ANSWERS;
  if (first.n < fewest || last.n < fewest) {
    return unknown(
      `drift can't be told from ${first.n} answers in the first and ${last.n} in the last ${days} days, ${fewest} are needed in each`,
    );
  }
  const value = round(populationStabilityIndex(first.buckets, last.buckets), 4);
  return {
    name: 'drift',
    value,
    threshold,
    met: threshold > 0 && value >= threshold,
    reason: `scores of the last ${days} days differ from those of the first by ${value}, ${limit(threshold)}`,
  };
}

function limit(threshold: number): string {
  return threshold === 0 ? 'and no limit is set' : `the limit is ${threshold}`;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
