/**
 * @module core/registry/registry
 * The registry in Blob Storage: records of versions, and the pointer that moves only by compare-and-swap.
 */
import { compareBytes } from '../hash.ts';
import { POINTER_PATH, recordPath } from '../storage/names.ts';
import type { Storage } from '../storage/storage.ts';
import {
  decodeDocument,
  encodeDocument,
  type Move,
  type Pointer,
  pointerSchema,
  recordSchema,
  type VersionRecord,
} from './schema.ts';

/** Moves that `production.json` keeps; older ones go to `history/`. */
const MOVES_KEPT = 200;

export interface PointerAt {
  pointer: Pointer;
  etag: string;
}

/** The pointer to production, or undefined in an empty registry or when it still has `unlessEtag`. */
export async function findPointer(storage: Storage, unlessEtag?: string): Promise<PointerAt | undefined> {
  const options = unlessEtag === undefined ? {} : { unlessEtag };
  const blob = await storage.find('registry', POINTER_PATH, options);
  if (blob === undefined) return undefined;
  return { pointer: decodeDocument(pointerSchema, POINTER_PATH, blob.bytes), etag: blob.etag };
}

/** The record of a version, or undefined when it was never registered. */
export async function findRecord(storage: Storage, version: string): Promise<VersionRecord | undefined> {
  const path = recordPath(version);
  const blob = await storage.find('registry', path);
  return blob && decodeDocument(recordSchema, path, blob.bytes);
}

/** Writes the record of a version, or replaces it: the outcome of the latest registration counts. */
export async function writeRecord(storage: Storage, record: VersionRecord): Promise<void> {
  const path = recordPath(record.version);
  for (;;) {
    const existing = await storage.find('registry', path);
    if (await storage.replace('registry', path, encodeDocument(record), existing?.etag ?? null)) return;
  }
}

export type PromotionOutcome = 'promoted' | 'already in production' | 'older' | 'served before';

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
 * was left, by a rollback, isn't brought back by an event that is delivered again.
 */
export async function promoteIfNewer(
  storage: Storage,
  { version, precision }: Pick<Pointer, 'version' | 'precision'>,
  move: Omit<Move, 'version' | 'action'>,
): Promise<PromotionOutcome> {
  for (;;) {
    const current = await findPointer(storage);
    if (current !== undefined) {
      const { pointer } = current;
      const productionIsNewer = compareBytes(pointer.version, version) > 0;
      const servedBefore = pointer.history.some((earlier) => earlier.version === version);
      if (pointer.version === version) return 'already in production';
      if (productionIsNewer) return 'older';
      if (servedBefore) return 'served before';
    }
    const next = movePointer(
      current?.pointer,
      { version, precision },
      { ...move, action: 'register', version },
    );
    await keepOldMoves(storage, next);
    const moved = await storage.replace(
      'registry',
      POINTER_PATH,
      encodeDocument({ ...next, history: next.history.slice(-MOVES_KEPT) }),
      current?.etag ?? null,
    );
    if (moved) return 'promoted';
  }
}

function movePointer(
  current: Pointer | undefined,
  target: Pick<Pointer, 'version' | 'precision'>,
  move: Move,
): Pointer {
  return {
    schemaVersion: 1,
    ...target,
    canary: current?.canary ?? null,
    shadow: current?.shadow ?? null,
    previous: current?.version ?? null,
    history: [...(current?.history ?? []), move],
  };
}

/** Writes moves that no longer fit into the pointer to `history/`, before the pointer drops them. */
async function keepOldMoves(storage: Storage, { history }: Pointer): Promise<void> {
  for (const move of history.slice(0, -MOVES_KEPT)) {
    const name = `history/${move.at.replace(/\W/g, '')}-${move.version}-${move.action}.json`;
    await storage.createOnce('registry', name, Buffer.from(`${JSON.stringify(move, null, 2)}\n`));
  }
}
