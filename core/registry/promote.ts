/**
 * @module core/registry/promote
 * Production moved by a person to a version of their choice, newer or older.
 */

import type { Storage } from '../storage/storage.ts';
import { parseVersion } from '../version.ts';
import { moveProduction, parseDecision } from './moves.ts';
import { findPointer, swapPointer } from './pointer.ts';
import { updateRecord } from './registry.ts';
import { findRecordToMove, takeRemovalBack } from './reopen.ts';
import type { Pointer, VersionRecord } from './schema.ts';
import { type MoveOptions, proveLoads, requirePromotable } from './servable.ts';

export interface Moved {
  /** The pointer as it is now. */
  pointer: Pointer;
  /** False when there was nothing to do: it already said so. */
  moved: boolean;
}

/**
 * Moves production to `version`, once it has been loaded and has answered here. A version that was rejected for
 * nothing but its label set is blessed by this, and its record says by whom. Throws BadRequestError,
 * NotFoundError (unknown, or its files are gone), ConflictError (not blessed, or damaged), UnavailableError. A mark of
 * a removal that was cut off before it began is taken away. Whatever is thrown, the pointer stays.
 */
export async function promote(
  storage: Storage,
  version: string,
  { load, now = () => new Date(), ...given }: MoveOptions,
): Promise<Moved> {
  const { by, reason } = parseDecision(given);
  parseVersion(version);
  const proven = new Set<string>();
  for (;;) {
    const decision = { at: now().toISOString(), by, reason };
    // The pointer before the record: see removeOldVersions.
    const current = await findPointer(storage);
    const { record: found, pending } = await findRecordToMove(storage, version);
    const { record, overruled } = requirePromotable(found, version, decision);
    const serving = current?.pointer.version === version ? current.pointer : undefined;
    if (serving !== undefined && pending === undefined) return { pointer: serving, moved: false };
    const { precision } = record;
    // Marked since it was loaded, perhaps: what was proven then may be on its way out.
    if (pending !== undefined) proven.clear();
    if (!proven.has(precision)) await proveLoads(storage, { version, precision }, load);
    proven.add(precision);
    if (pending !== undefined && !(await takeRemovalBack(storage, version, pending))) continue;
    if (serving !== undefined) return { pointer: serving, moved: false };
    if (overruled && !(await bless(storage, found!, record))) continue;
    const next = moveProduction(current?.pointer, { version, precision }, { ...decision, action: 'promote' });
    const pointer = await swapPointer(storage, current, next);
    if (pointer !== undefined) return { pointer, moved: true };
  }
}

/** Writes the record, unless the version was registered anew in the meantime: then all is decided again. */
async function bless(storage: Storage, found: VersionRecord, blessed: VersionRecord): Promise<boolean> {
  const unchanged = (record: VersionRecord | undefined) => JSON.stringify(record) === JSON.stringify(found);
  let written = false;
  await updateRecord(storage, found.version, (record) => {
    written = unchanged(record);
    return written ? blessed : undefined;
  });
  return written;
}
