/**
 * @module core/retrain/retraining
 * What retraining works with, and small questions and changes to a run.
 */
import type { RetrainConfig } from '../config.ts';
import type { Storage } from '../storage/storage.ts';
import type { Attempt, RetrainLock, Run } from './schema.ts';
import type { Trainer } from './trainer.ts';

export interface Retraining {
  storage: Storage;
  trainer: Trainer;
  config: Pick<
    RetrainConfig,
    'RETRAIN_TIMEOUT_MINUTES' | 'RETRAIN_MAX_ATTEMPTS' | 'RETRAIN_EARLY_FAILURE_MINUTES'
  >;
  now: () => Date;
  log: (line: string) => void;
}

/** The lock with a run that has changed. */
export function withRun(lock: RetrainLock, run: Run): RetrainLock {
  return { ...lock, run: { ...run, revision: run.revision + 1 } };
}

/** The attempts of a run, the last one changed. */
export function withLast({ attempts }: Run, changes: Partial<Attempt>): Attempt[] {
  return attempts.map((attempt, index) =>
    index === attempts.length - 1 ? { ...attempt, ...changes } : attempt,
  );
}

/** Whether an execution was given up. */
export function isAbandoned({ abandoned }: RetrainLock, name: string): boolean {
  return abandoned.some(({ execution }) => execution === name);
}

/** Whether it is time to give a run up. */
export function isTooOld({ now }: Retraining, run: Run): boolean {
  return now().getTime() >= Date.parse(run.deadline);
}

/** From when on what it made can be there. */
export function startOf(run: Run): Date {
  return new Date(run.attempts[0]?.askedAt ?? run.startedAt);
}
