/**
 * @module core/retrain/retrain
 * Retraining: decided by the schedule or by a person, begun once, and watched until it ends.
 */
import type { RetrainConfig } from '../config.ts';
import { ConflictError, messageOf } from '../errors.ts';
import { advance } from './advance.ts';
import { decide } from './decision.ts';
import { findLock, type LockAt, recordRun, swapLock } from './lock.ts';
import type { Retraining } from './retraining.ts';
import { hasEnded, makeRunId, type RetrainDecision, type Run } from './schema.ts';
import { readSignals } from './signals.ts';

export interface Scheduled extends Omit<Retraining, 'config'> {
  config: RetrainConfig;
}

/** What a look came to. */
export interface Considered {
  /** Null where a run goes on, so that nothing was decided. */
  decision: RetrainDecision | null;
  /** The run that goes on, or has just ended; null where there was none. */
  run: Run | null;
}

const MINUTE_MS = 60_000;

/** A look at the run that goes on, if any. Throws UnavailableError. */
export async function watchRetraining(retraining: Retraining): Promise<Run | null> {
  return (await watchLock(retraining)).lock.run;
}

async function watchLock(retraining: Retraining): Promise<LockAt> {
  const at = await findLock(retraining.storage);
  // A kill between the lock and the record left this out.
  if (at.lock.run !== null) await recordRun(retraining.storage, at.lock.run);
  return advance(retraining, at);
}

/**
 * Decides by the settings whether to train anew, and begins. Nothing is decided while a run goes on; one that is too old
 * is given up first. Throws UnavailableError, after which the next schedule does it.
 */
export async function considerRetraining(retraining: Scheduled): Promise<Considered> {
  const { storage, config, now, log } = retraining;
  const at = await watchLock(retraining);
  const { run } = at.lock;
  if (run !== null && !hasEnded(run)) {
    log(`Retraining: run ${run.id} is ${run.state} since ${run.startedAt}, so nothing is decided`);
    return { decision: null, run };
  }
  const decision = decide(await readSignals(storage, { lock: at.lock, now: now(), config }), config, now());
  log(`Retraining is ${decision.start ? 'due' : 'not due'}: ${decision.reason}`);
  log(`PawprintRetrainDecision ${JSON.stringify(decision)}`);
  if (decision.start) return { decision, run: await begin(retraining, at, decision) };
  // For those who ask why nothing happens. Another's write is as good.
  await swapLock(storage, at, { ...at.lock, lastDecision: decision });
  return { decision, run };
}

/**
 * Begins a training because a person says so. Throws {@link ConflictError} that names the run that goes on, and
 * UnavailableError.
 */
export async function requestRetraining(
  retraining: Retraining,
  { by, reason }: { by: string; reason: string },
): Promise<Run> {
  const { storage, now, log } = retraining;
  // It may just have ended, or be too old. A look that fails says nothing against it.
  await watchRetraining(retraining).catch((error: unknown) => log(`Retraining: ${messageOf(error)}`));
  const at = await findLock(storage);
  if (at.lock.run !== null && !hasEnded(at.lock.run)) throw underWay(at.lock.run);
  const decision: RetrainDecision = { at: now().toISOString(), by, start: true, reason, checks: [] };
  log(`PawprintRetrainDecision ${JSON.stringify(decision)}`);
  const run = await begin(retraining, at, decision);
  if (run.decision !== decision) throw underWay(run);
  return run;
}

function underWay(run: Run): ConflictError {
  return new ConflictError(
    `Run ${run.id} is under way since ${run.startedAt} (${run.decision.reason}). GET /api/retrain says how it does; ask again when it has ended.`,
  );
}

/**
 * Takes the lock with a new run, and takes the run as far as it goes now. From the write on the run goes on whatever
 * becomes of this process. Returns the run of another when that was faster.
 */
async function begin(retraining: Retraining, at: LockAt, decision: RetrainDecision): Promise<Run> {
  const { storage, trainer, config, now } = retraining;
  const startedAt = now();
  const run: Run = {
    schemaVersion: 1,
    id: makeRunId(startedAt),
    revision: 0,
    state: 'started',
    decision,
    trainer: trainer.title,
    startedAt: startedAt.toISOString(),
    deadline: new Date(startedAt.getTime() + config.RETRAIN_TIMEOUT_MINUTES * MINUTE_MS).toISOString(),
    endedAt: null,
    attempts: [],
    version: null,
    message: null,
  };
  const lastDecision = decision.checks.length > 0 ? decision : at.lock.lastDecision;
  let taken = await swapLock(storage, at, { ...at.lock, run, lastDecision });
  while (taken === undefined) {
    const { lock, etag } = await findLock(storage);
    if (lock.run !== null && lock.run.id !== at.lock.run?.id) return lock.run;
    // Only a decision was written.
    taken = await swapLock(storage, { lock, etag }, { ...lock, run, lastDecision });
  }
  await stopAbandoned(retraining, taken);
  const after = (await advance(retraining, taken)).lock.run;
  // The lock may be at a later run by now; then this one has ended.
  return after?.id === run.id ? { ...after, decision } : run;
}

/** What was given up may run still, beside the one that begins now: it is asked to stop once more. */
async function stopAbandoned({ trainer, log }: Retraining, { lock }: LockAt): Promise<void> {
  if (lock.abandoned.length === 0) return;
  const executions = await trainer.list().catch(() => []);
  for (const { name, state } of executions) {
    const isAbandoned = lock.abandoned.some(({ execution }) => execution === name);
    if (state !== 'running' || !isAbandoned) continue;
    await trainer.stop(name).then(
      () =>
        log(`Retraining: ${name} was given up and is still listed as running; it was asked to stop again`),
      (error: unknown) => log(`Retraining: ${messageOf(error)}`),
    );
  }
}
