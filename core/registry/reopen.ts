/**
 * @module core/registry/reopen
 * A version whose record says that its files were removed, and whose manifest is there: it was pushed again, or the
 * removal was cut off before it began.
 */
import { FILE } from '../manifest.ts';
import { versionPath } from '../storage/names.ts';
import type { Storage } from '../storage/storage.ts';
import { findRecord, inspectRecord, updateRecord } from './registry.ts';
import type { Decision, VersionRecord } from './schema.ts';

/**
 * The record of a version that is about to be registered; a damaged one counts as none. Where it says that the files
 * were removed, and a manifest has come since, the mark is taken away and the version is as one that never passed a
 * gate: it is judged anew. With a manifest of before, the removal is taken back.
 */
export async function findRecordToRegister(
  storage: Storage,
  version: string,
): Promise<VersionRecord | undefined> {
  const found = await inspectRecord(storage, version);
  if (found === 'damaged') return undefined;
  if (found?.removed === undefined) return found;
  const { removed } = found;
  const manifest = await storage.properties('models', versionPath(version, FILE.manifest));
  if (manifest === undefined) return found;
  if (manifest.lastModified <= new Date(removed.at)) {
    return (await takeRemovalBack(storage, version, removed)) ?? found;
  }
  return updateRecord(storage, version, (record) => {
    if (!isMarkedBy(record, removed)) return undefined;
    const { removed: _, override: __, ...present } = record!;
    return { ...present, state: 'failed', precision: null };
  });
}

export interface RecordToMove {
  record: VersionRecord | undefined;
  /** The mark that `record` was given without. Before a label moves, {@link takeRemovalBack} has to succeed. */
  pending?: Decision;
}

/**
 * The record of a version that a person moves a label to. One that is marked as removed and whose manifest of before is
 * still there counts as not removed: nothing of it was touched yet.
 */
export async function findRecordToMove(storage: Storage, version: string): Promise<RecordToMove> {
  const found = await findRecord(storage, version);
  if (found?.removed === undefined) return { record: found };
  const { removed, ...record } = found;
  const manifest = await storage.properties('models', versionPath(version, FILE.manifest));
  const isUntouched = manifest !== undefined && manifest.lastModified <= new Date(removed.at);
  return isUntouched ? { record, pending: removed } : { record: found };
}

/**
 * Takes a removal back that hasn't begun, and returns the record without its mark; undefined where it has begun
 * meanwhile, or was decided anew. Whoever marked the version may still be at work, so the manifest is written again as
 * it is: a removal begins with taking that away by its ETag, and of the two only one succeeds.
 *
 *     removal                                promote
 *     mark, swap the pointer
 *                                            manifest as it is if etag 1 -> etag 2
 *     remove the manifest if etag 1 -> refused, and nothing else is removed
 *                                            take the mark away, swap the pointer
 */
export async function takeRemovalBack(
  storage: Storage,
  version: string,
  removed: Decision,
): Promise<VersionRecord | undefined> {
  const path = versionPath(version, FILE.manifest);
  const manifest = await storage.find('models', path);
  if (manifest === undefined) return undefined;
  if (!(await storage.replace('models', path, manifest.bytes, manifest.etag))) return undefined;
  return unmark(storage, version, removed);
}

/** Takes this mark away, and nobody else's. Returns the record without it, or undefined where it isn't there. */
export async function unmark(
  storage: Storage,
  version: string,
  removed: Decision,
): Promise<VersionRecord | undefined> {
  let present: VersionRecord | undefined;
  await updateRecord(storage, version, (record) => {
    present = undefined;
    if (!isMarkedBy(record, removed)) return undefined;
    const { removed: _, ...rest } = record!;
    present = rest;
    return present;
  });
  return present;
}

export function isMarkedBy(record: VersionRecord | undefined, { at, by }: Decision): boolean {
  return record?.removed?.at === at && record.removed.by === by;
}
