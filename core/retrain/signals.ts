/**
 * @module core/retrain/signals
 * The figures that a decision is made from, as storage has them.
 */
import type { RetrainConfig } from '../config.ts';
import { dayOfDate } from '../day.ts';
import { findManifest } from '../registry/list-versions.ts';
import { findPointer } from '../registry/pointer.ts';
import type { Pointer } from '../registry/schema.ts';
import { readScores } from '../registry/scores.ts';
import { ACCEPTED_PREFIX } from '../storage/names.ts';
import type { Storage } from '../storage/storage.ts';
import { timeOfVersion } from '../version.ts';
import type { ScoreWindow, Signals } from './decision.ts';
import type { RetrainLock } from './schema.ts';

const DAY_MS = 86_400_000;

/** Reads them. Throws UnavailableError. */
export async function readSignals(
  storage: Storage,
  { lock, now, config }: { lock: RetrainLock; now: Date; config: Pick<RetrainConfig, 'RETRAIN_DRIFT_DAYS'> },
): Promise<Signals> {
  const pointer = (await findPointer(storage))?.pointer;
  const productionMadeAt = pointer === undefined ? null : await madeAt(storage, pointer.version);
  const since = lock.lastSuccess === null ? productionMadeAt : new Date(lock.lastSuccess.startedAt);
  const { run } = lock;
  return {
    acceptedFeedback: await countAccepted(storage, since),
    since,
    productionMadeAt,
    scores: pointer === undefined ? null : await readWindows(storage, pointer, now, config),
    // What was lost is made up for without a pause.
    lastRunEndedAt: run?.endedAt && run.state !== 'lost' ? new Date(run.endedAt) : null,
  };
}

async function madeAt(storage: Storage, version: string): Promise<Date> {
  const manifest = await findManifest(storage, version);
  return manifest === undefined ? timeOfVersion(version) : new Date(manifest.createdAt);
}

/** By the age of the copies: a picture counts from the moment at which it was accepted. */
async function countAccepted(storage: Storage, since: Date | null): Promise<number> {
  let count = 0;
  for await (const { path, lastModified } of storage.listBlobs('datasets', ACCEPTED_PREFIX)) {
    if (path.endsWith('.jpg') && (since === null || lastModified > since)) count++;
  }
  return count;
}

/** The first days that the version in production served, and the last; null while they overlap. Days are whole, in UTC. */
async function readWindows(
  storage: Storage,
  pointer: Pointer,
  now: Date,
  { RETRAIN_DRIFT_DAYS: days }: Pick<RetrainConfig, 'RETRAIN_DRIFT_DAYS'>,
): Promise<Signals['scores']> {
  const { version, history } = pointer;
  const move = history.findLast(
    (one) => one.version === version && one.action !== 'canary' && one.action !== 'shadow',
  );
  const began = move === undefined ? timeOfVersion(version) : new Date(move.at);
  const firstEnds = new Date(began.getTime() + (days - 1) * DAY_MS);
  const lastBegins = new Date(now.getTime() - (days - 1) * DAY_MS);
  const overlap = dayOfDate(firstEnds) >= dayOfDate(lastBegins);
  if (overlap) return null;
  const read = async (since: Date, until: Date): Promise<ScoreWindow> => {
    const { versions } = await readScores(storage, { since, until });
    return versions.find((counts) => counts.version === version) ?? { n: 0, buckets: [] };
  };
  return { first: await read(began, firstEnds), last: await read(lastBegins, now) };
}
