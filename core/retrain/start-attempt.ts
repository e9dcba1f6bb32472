/**
 * @module core/retrain/start-attempt
 * One start of a run: written down before it is asked for, and asked for once.
 */
import { messageOf } from '../errors.ts';
import type { Storage } from '../storage/storage.ts';
import { endRun } from './end-run.ts';
import { findLock, type LockAt, swapLock } from './lock.ts';
import { type Retraining, withLast, withRun } from './retraining.ts';
import { type Attempt, type Run, tagOf } from './schema.ts';
import { StartPostponedError, StartRefusedError } from './trainer.ts';

/**
 * More than a start may take (the job is read three times at most, 100 s in all, then 45 s): an attempt that is older and
 * has no execution has started none.
 */
export const LEASE_MS = 180_000;

/** Writes that it will be started, by which everybody else is kept from it, and starts it. */
export async function startAttempt(retraining: Retraining, at: LockAt, run: Run): Promise<LockAt> {
  const { storage, trainer, config, now, log } = retraining;
  if (run.attempts.length >= config.RETRAIN_MAX_ATTEMPTS) {
    const why = run.attempts.at(-1)?.message;
    const message = `it could not be started in ${run.attempts.length} attempts${why ? `: ${why}` : ''}`;
    return endRun(retraining, at, run, { state: 'failed', message });
  }
  const asked = now();
  const attempt: Attempt = {
    askedAt: asked.toISOString(),
    leaseUntil: new Date(asked.getTime() + LEASE_MS).toISOString(),
    execution: null,
    adopted: false,
    message: null,
  };
  const attempts = [...run.attempts, attempt];
  const leased = await swapLock(storage, at, withRun(at.lock, { ...run, state: 'started', attempts }));
  if (leased === undefined) return findLock(storage);
  const next = leased.lock.run!;
  try {
    const name = await trainer.start(tagOf(next));
    log(`Retraining: run ${run.id} is started as ${name}, attempt ${attempts.length}`);
    return settle(storage, leased, { state: 'running', attempts: withLast(next, { execution: name }) });
  } catch (error) {
    const message = messageOf(error);
    log(`Retraining: run ${run.id}: attempt ${attempts.length}: ${message}`);
    if (error instanceof StartRefusedError) {
      const told = { ...next, attempts: withLast(next, { message }) };
      return endRun(retraining, leased, told, { state: 'failed', message });
    }
    // After a refusal for now nothing runs; after no answer something may, and the lease gives it time to show.
    const pause = error instanceof StartPostponedError ? (error.retryAfterSeconds ?? 0) * 1000 : LEASE_MS;
    const leaseUntil = new Date(now().getTime() + pause).toISOString();
    return settle(storage, leased, { attempts: withLast(next, { message, leaseUntil }) });
  }
}

/** Writes what came of a start. Where somebody else wrote meanwhile, they found it by its tag. */
async function settle(storage: Storage, at: LockAt, changes: Partial<Run>): Promise<LockAt> {
  const next = withRun(at.lock, { ...at.lock.run!, ...changes });
  return (await swapLock(storage, at, next)) ?? findLock(storage);
}
