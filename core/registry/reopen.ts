/**
 * @module core/registry/reopen
 * A version whose files were removed and that was pushed again.
 */
import { FILE } from '../manifest.ts';
import { versionPath } from '../storage/names.ts';
import type { Storage } from '../storage/storage.ts';
import { findRecord, updateRecord } from './registry.ts';
import type { VersionRecord } from './schema.ts';

/**
 * The record of a version that is about to be registered. Where it says that the files were removed, and a manifest
 * has come since, the mark is taken away and the version is as one that never passed a gate: it is judged anew. A
 * manifest of before is what a removal under way hasn't got to yet.
 */
export async function findRecordToRegister(
  storage: Storage,
  version: string,
): Promise<VersionRecord | undefined> {
  const found = await findRecord(storage, version);
  if (found?.removed === undefined) return found;
  const manifest = await storage.properties('models', versionPath(version, FILE.manifest));
  if (manifest === undefined || manifest.lastModified <= new Date(found.removed.at)) return found;
  return updateRecord(storage, version, (record) => {
    if (record?.removed?.at !== found.removed?.at) return undefined;
    const { removed: _, override: __, ...present } = record!;
    return { ...present, state: 'failed', precision: null };
  });
}
