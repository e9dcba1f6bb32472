/**
 * @module core/retrain/advance
 * One look at the run that goes on, and what follows from it. Whoever looks may be cut off at any line, and two may look
 * at once: every change is a compare-and-swap of the lock, and what was asked of the trainer is written before it is asked.
 *
 *     timer A                              timer B
 *     read lock (no attempt yet)           read lock (no attempt yet)
 *     list executions: none                list executions: none
 *     write attempt 1, leased -> etag 2
 *                                          write attempt 1 -> refused: B leaves it to A
 *     start, tag RUN.1
 *     (killed before the answer)
 *                                          next timer: attempt 1 without a name, an execution with
 *                                          the tag RUN.1: it is adopted, and nothing is started
 */
import { messageOf } from '../errors.ts';
import { endRun, giveUp, succeed } from './end-run.ts';
import { findLock, type LockAt, swapLock } from './lock.ts';
import { isAbandoned, isTooOld, type Retraining, withLast, withRun } from './retraining.ts';
import { hasEnded, type Run, tagOf } from './schema.ts';
import { startAttempt } from './start-attempt.ts';
import type { Execution } from './trainer.ts';

const MINUTE_MS = 60_000;
/** Clocks differ. */
const SKEW_MS = 60_000;

/**
 * Looks once at the run in the lock, and takes it as far as it goes now: adopts what runs, starts, tries again, or ends
 * it. Returns the lock afterwards. When somebody else changed it meanwhile, what they wrote stands. Throws
 * UnavailableError where storage is out of reach; a trainer that is out of reach is logged, until the run is too old.
 */
export async function advance(retraining: Retraining, at: LockAt): Promise<LockAt> {
  const { run } = at.lock;
  if (run === null || hasEnded(run)) return at;
  const { trainer, log } = retraining;
  const executions = await trainer.list().catch((error: unknown) => {
    log(`Retraining: run ${run.id}: ${messageOf(error)}`);
    return undefined;
  });
  const known = executions?.filter(({ name }) => !isAbandoned(at.lock, name));
  const current = run.attempts.at(-1);
  const execution = known && findOwn(run, known);

  if (execution !== undefined && current?.execution !== execution.name) {
    const adopted = await adopt(retraining, at, run, execution);
    return adopted === undefined
      ? findLock(retraining.storage)
      : judge(retraining, adopted, execution, known!);
  }
  if (execution !== undefined) return judge(retraining, at, execution, known!);
  if (isTooOld(retraining, run)) return giveUp(retraining, at, run);
  if (known === undefined || current?.execution) return at;
  const isLeased = current !== undefined && retraining.now().getTime() < Date.parse(current.leaseUntil);
  return isLeased ? at : startAttempt(retraining, at, run);
}

/**
 * The execution of the run's last attempt: the one whose name it has or that has its tag; else, where nothing is known of
 * it, whatever runs, or has begun since: never a second one beside it.
 */
function findOwn(run: Run, executions: readonly Execution[]): Execution | undefined {
  const current = run.attempts.at(-1);
  if (current?.execution) return executions.find(({ name }) => name === current.execution);
  const tagged = current && executions.find(({ tag }) => tag === tagOf(run));
  if (tagged) return tagged;
  const earlier = run.attempts.map(({ execution }) => execution);
  const others = executions.filter(({ name }) => !earlier.includes(name));
  const askedAt = current && Date.parse(current.askedAt) - SKEW_MS;
  return (
    others.find(isAtWork) ??
    others.find(
      ({ tag, startedAt }) => tag === null && askedAt && startedAt && startedAt.getTime() >= askedAt,
    )
  );
}

function isAtWork({ state }: Execution): boolean {
  return state === 'running';
}

async function adopt(
  { storage, now, log }: Retraining,
  at: LockAt,
  run: Run,
  { name, tag }: Execution,
): Promise<LockAt | undefined> {
  const isOwn = run.attempts.length > 0 && tag === tagOf(run);
  const time = now().toISOString();
  const attempts =
    run.attempts.length === 0
      ? [{ askedAt: time, leaseUntil: time, execution: name, adopted: true, message: null }]
      : withLast(run, { execution: name, adopted: !isOwn });
  log(`Retraining: run ${run.id} is ${name}${isOwn ? '' : ', which ran already and is adopted'}`);
  return swapLock(storage, at, withRun(at.lock, { ...run, state: 'running', attempts }));
}

/** What an execution's state means for its run. */
async function judge(
  retraining: Retraining,
  at: LockAt,
  execution: Execution,
  all: readonly Execution[],
): Promise<LockAt> {
  const run = at.lock.run!;
  const { name, state } = execution;
  const { config, now, log } = retraining;
  if (state === 'succeeded') return succeed(retraining, at, run, name);
  if (state === 'stopped')
    return endRun(retraining, at, run, { state: 'failed', message: `${name} was stopped` });
  if (state === 'failed') {
    const begin = execution.startedAt ?? new Date(run.attempts.at(-1)!.askedAt);
    const minutes = ((execution.endedAt ?? now()).getTime() - begin.getTime()) / MINUTE_MS;
    const isEarly = minutes < config.RETRAIN_EARLY_FAILURE_MINUTES;
    const message = `${name} failed after ${minutes.toFixed(1)} minutes`;
    const mayTryAgain = isEarly && run.attempts.length < config.RETRAIN_MAX_ATTEMPTS;
    if (!mayTryAgain || isTooOld(retraining, run))
      return endRun(retraining, at, run, { state: 'failed', message });
    log(`Retraining: run ${run.id}: ${message}, too soon to have trained; it is started again`);
    return startAttempt(retraining, at, { ...run, attempts: withLast(run, { message }) });
  }
  if (isTooOld(retraining, run)) return giveUp(retraining, at, run);
  await stopDuplicates(retraining, run, all);
  if (run.state === 'running') return at;
  const next = withRun(at.lock, { ...run, state: 'running' });
  return (await swapLock(retraining.storage, at, next)) ?? findLock(retraining.storage);
}

/** A start that was held up longer than its lease, and came after all: the attempt that counts is a later one. */
async function stopDuplicates(
  { trainer, log }: Retraining,
  run: Run,
  all: readonly Execution[],
): Promise<void> {
  const current = run.attempts.at(-1)?.execution;
  for (const { name, tag, state } of all) {
    if (state !== 'running' || name === current || !tag?.startsWith(`${run.id}.`)) continue;
    log(
      `Retraining: run ${run.id}: ${name} is a second execution (${tag}) beside ${current}, and is stopped`,
    );
    await trainer.stop(name).catch((error: unknown) => log(`Retraining: ${messageOf(error)}`));
  }
}
