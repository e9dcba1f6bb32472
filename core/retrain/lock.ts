/**
 * @module core/retrain/lock
 * `registry/retrain.json` and the records of runs. The lock holds the last run whole and moves by compare-and-swap; the
 * record is a copy for those who look later, written after it: a kill between the two is made up for by the next writer.
 */
import { decodeDocument, encodeDocument, tryDocument } from '../registry/schema.ts';
import { RETRAIN_PATH, RUNS_PREFIX, runPath } from '../storage/names.ts';
import type { Storage } from '../storage/storage.ts';
import { type RetrainLock, type Run, retrainLockSchema, runSchema } from './schema.ts';

export interface LockAt {
  lock: RetrainLock;
  /** Null where there is none yet. */
  etag: string | null;
}

const EMPTY: RetrainLock = {
  schemaVersion: 1,
  run: null,
  lastSuccess: null,
  lastDecision: null,
  abandoned: [],
};

/** The lock as it is. Throws DamagedDocumentError, and UnavailableError. */
export async function findLock(storage: Storage): Promise<LockAt> {
  const blob = await storage.find('registry', RETRAIN_PATH);
  if (blob === undefined) return { lock: EMPTY, etag: null };
  const lock = decodeDocument(retrainLockSchema, RETRAIN_PATH, blob.bytes, {
    message: 'Look that no training runs, then delete it: the next schedule begins anew.',
    publicMessage: 'The lock of retraining is damaged. See the log.',
  });
  return { lock, etag: blob.etag };
}

/**
 * Writes `next` if the lock is still the one that was read, and then the record of its run. Undefined, and nothing
 * changed, when somebody else was faster.
 */
export async function swapLock(storage: Storage, at: LockAt, next: RetrainLock): Promise<LockAt | undefined> {
  const lock = retrainLockSchema.parse(next);
  // The lock forgets a run when the next one begins, so its record must be there by then.
  if (at.lock.run !== null && at.lock.run.id !== lock.run?.id) await recordRun(storage, at.lock.run);
  const etag = await storage.swap('registry', RETRAIN_PATH, encodeDocument(lock), at.etag);
  if (etag === undefined) return undefined;
  if (lock.run !== null) await recordRun(storage, lock.run);
  return { lock, etag };
}

/** Writes the record of a run unless there is a later one: of two writers the slower must not win. */
export async function recordRun(storage: Storage, run: Run): Promise<void> {
  const path = runPath(run.id);
  for (;;) {
    const blob = await storage.find('registry', path);
    // One that is damaged is replaced.
    const recorded = blob && tryDocument(runSchema, blob.bytes);
    if (recorded !== undefined && recorded.revision >= run.revision) return;
    if (await storage.replace('registry', path, encodeDocument(run), blob?.etag ?? null)) return;
  }
}

/** The last runs, newest first; damaged records are left out. Throws UnavailableError. */
export async function listRuns(storage: Storage, { count }: { count: number }): Promise<Run[]> {
  const paths = (await storage.list('registry', RUNS_PREFIX)).toReversed().slice(0, count);
  const found = await Promise.all(
    paths.map(async (path) => {
      const blob = await storage.find('registry', path);
      return blob && tryDocument(runSchema, blob.bytes);
    }),
  );
  return found.filter((run) => run !== undefined);
}
