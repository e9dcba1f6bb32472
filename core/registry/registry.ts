/**
 * @module core/registry/registry
 * The registry in Blob Storage: records of versions, and what the register function does with the pointer. Moves
 * by people are in promote.ts, rollback.ts and candidates.ts.
 */
import { compareBytes } from '../hash.ts';
import { FILE } from '../manifest.ts';
import { recordPath, versionPath } from '../storage/names.ts';
import type { Storage } from '../storage/storage.ts';
import { isProductionMove, moveProduction } from './moves.ts';
import { findPointer, MOVES_KEPT, readWholeHistory, swapPointer } from './pointer.ts';
import {
  DamagedDocumentError,
  type Decision,
  decodeDocument,
  encodeDocument,
  type Pointer,
  recordSchema,
  type VersionRecord,
} from './schema.ts';

export { findPointer, type PointerAt } from './pointer.ts';

/**
 * The record of a version, or undefined when it was never registered. Throws {@link DamagedDocumentError}, which says
 * how it is mended.
 */
export async function findRecord(storage: Storage, version: string): Promise<VersionRecord | undefined> {
  const blob = await storage.find('registry', recordPath(version));
  return blob && decodeRecord(version, blob.bytes);
}

/** As {@link findRecord}, for those who look at many versions: one damaged record mustn't hide the others. */
export async function inspectRecord(
  storage: Storage,
  version: string,
): Promise<VersionRecord | 'damaged' | undefined> {
  const blob = await storage.find('registry', recordPath(version));
  return blob && (tryDecodeRecord(version, blob.bytes) ?? 'damaged');
}

function decodeRecord(version: string, bytes: Uint8Array): VersionRecord {
  return decodeDocument(recordSchema, recordPath(version), bytes, {
    message: `Write models/${versionPath(version, FILE.manifest)} again, which registers the version anew, or restore it from a copy.`,
    publicMessage: `The record of version ${version} is damaged. Write its manifest again, which registers it anew.`,
  });
}

/** Undefined where it is damaged. */
function tryDecodeRecord(version: string, bytes: Uint8Array): VersionRecord | undefined {
  try {
    return decodeRecord(version, bytes);
  } catch (error) {
    if (error instanceof DamagedDocumentError) return undefined;
    throw error;
  }
}

/** Writes the record of a version, or replaces it: the outcome of the latest registration counts. */
export async function writeRecord(storage: Storage, record: VersionRecord): Promise<void> {
  const path = recordPath(record.version);
  for (;;) {
    const existing = await storage.find('registry', path);
    if (await storage.replace('registry', path, encodeDocument(record), existing?.etag ?? null)) return;
  }
}

/**
 * Changes the record of a version by compare-and-swap; `change` sees what is there now, and may be asked
 * again. It returns undefined to leave the record as it is. A damaged record counts as none, and is replaced by its
 * ETag: what a new registration has to say is more than it can tell.
 */
export async function updateRecord(
  storage: Storage,
  version: string,
  change: (record: VersionRecord | undefined) => VersionRecord | undefined,
): Promise<VersionRecord | undefined> {
  const path = recordPath(version);
  for (;;) {
    const blob = await storage.find('registry', path);
    const record = blob && tryDecodeRecord(version, blob.bytes);
    const changed = change(record);
    if (changed === undefined) return record;
    if (await storage.replace('registry', path, encodeDocument(changed), blob?.etag ?? null)) return changed;
  }
}

export type PromotionOutcome = 'promoted' | 'already in production' | 'older' | 'served before' | 'removed';

/**
 * Moves production to a blessed version that has just been registered, unless a newer one serves.
 *
 *     register A             register B (newer)
 *     read pointer  (etag 1)
 *                            read pointer  (etag 1)
 *                            write B if etag 1   -> etag 2
 *     write A if etag 1      -> refused
 *     read pointer  (etag 2), A is older: B stays
 *
 * So whatever the order of the events, the newest version ends up serving. A version that served before and
 * was left, by a rollback, isn't brought back by an event that is delivered again; nor is one whose files `gc`
 * removed.
 */
export async function promoteIfNewer(
  storage: Storage,
  { version, precision }: Pick<Pointer, 'version' | 'precision'>,
  decision: Decision,
): Promise<PromotionOutcome> {
  for (;;) {
    const current = await findPointer(storage);
    if (current !== undefined) {
      const { pointer } = current;
      const productionIsNewer = compareBytes(pointer.version, version) > 0;
      if (pointer.version === version) return 'already in production';
      if (productionIsNewer) return 'older';
      if (await hasServed(storage, pointer, version)) return 'served before';
      // After the pointer was read: see removeOldVersions.
      if ((await findRecord(storage, version))?.removed !== undefined) return 'removed';
    }
    const next = moveProduction(
      current?.pointer,
      { version, precision },
      { ...decision, action: 'register' },
    );
    if ((await swapPointer(storage, current, next)) !== undefined) return 'promoted';
  }
}

async function hasServed(storage: Storage, pointer: Pointer, version: string): Promise<boolean> {
  const isFull = pointer.history.length >= MOVES_KEPT;
  const history = isFull ? await readWholeHistory(storage, pointer) : pointer.history;
  return history.some((move) => isProductionMove(move) && move.version === version);
}
