/**
 * @module core/retrain/end-run
 * How a run ends, and what is kept of it.
 */
import { messageOf } from '../errors.ts';
import { findLock, type LockAt, swapLock } from './lock.ts';
import { type Retraining, startOf, withRun } from './retraining.ts';
import type { Run } from './schema.ts';
import { findVersionMade } from './version-made.ts';

const ABANDONED_KEPT = 50;

/** It ended well: with the version that it made, where there is one. */
export async function succeed(retraining: Retraining, at: LockAt, run: Run, name: string): Promise<LockAt> {
  const version = await findVersionMade(retraining.storage, startOf(run));
  const message = version === null ? `${name} ended well, and no new version is in trained` : null;
  return endRun(retraining, at, run, { state: 'succeeded', version, message });
}

/**
 * A job that is never marked complete: it is asked to stop, and whatever it says from now on is passed over. What it may
 * have pushed is in the record.
 */
export async function giveUp(retraining: Retraining, at: LockAt, run: Run): Promise<LockAt> {
  const { trainer, storage, config, log } = retraining;
  const execution = run.attempts.at(-1)?.execution ?? null;
  let stopping = 'no execution of it is known';
  if (execution !== null) {
    stopping = await trainer.stop(execution).then(
      () => `${execution} was asked to stop`,
      (error: unknown) => `${execution} could not be asked to stop: ${messageOf(error)}`,
    );
  }
  log(`Retraining: run ${run.id} is given up; ${stopping}`);
  const version = await findVersionMade(storage, startOf(run));
  const message = `no end of it was seen in ${config.RETRAIN_TIMEOUT_MINUTES} minutes; ${stopping}`;
  return endRun(retraining, at, run, { state: 'lost', version, message });
}

/** Writes how a run ended, and says so in the log. Returns the lock afterwards, whoever wrote it. */
export async function endRun(
  { storage, now, log }: Retraining,
  at: LockAt,
  run: Run,
  outcome: Pick<Run, 'state' | 'message'> & Partial<Pick<Run, 'version'>>,
): Promise<LockAt> {
  const endedAt = now().toISOString();
  const ended: Run = { ...run, ...outcome, endedAt };
  const next = withRun(at.lock, ended);
  const execution = run.attempts.at(-1)?.execution;
  if (ended.state === 'lost' && execution) {
    next.abandoned = [...next.abandoned, { execution, at: endedAt }].slice(-ABANDONED_KEPT);
  }
  if (ended.state === 'succeeded') {
    next.lastSuccess = { id: run.id, startedAt: run.startedAt, version: ended.version };
  }
  const written = await swapLock(storage, at, next);
  if (written === undefined) return findLock(storage);
  const { id, state, version, message } = ended;
  // Alerts read the first; see docs/retraining.md.
  if (state === 'succeeded') log(`Retraining: run ${id} succeeded: ${version ?? message}`);
  else log(`PawprintRetrainFailed ${JSON.stringify({ run: id, state, message })}`);
  return written;
}
