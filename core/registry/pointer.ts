/**
 * @module core/registry/pointer
 * `production.json`, the one mutable blob of the way of a model: read by ETag, moved only by compare-and-swap.
 */
import { POINTER_PATH } from '../storage/names.ts';
import type { Storage, StoredBlob } from '../storage/storage.ts';
import {
  decodeDocument,
  encodeDocument,
  type Move,
  moveSchema,
  type Pointer,
  pointerSchema,
} from './schema.ts';

/** Moves that `production.json` keeps; older ones go to `history/`. */
export const MOVES_KEPT = 200;

const HISTORY_PREFIX = 'history/';

export interface PointerAt {
  pointer: Pointer;
  etag: string;
}

/** The pointer to production, or undefined in an empty registry. */
export async function findPointer(storage: Storage): Promise<PointerAt | undefined> {
  const blob = await storage.find('registry', POINTER_PATH);
  return blob && decodePointer(blob);
}

/** The same for who has read it before: `unchanged` when it still has `etag`. */
export async function findMovedPointer(
  storage: Storage,
  etag: string | undefined,
): Promise<PointerAt | 'unchanged' | undefined> {
  const blob = await storage.find('registry', POINTER_PATH, { unlessEtag: etag });
  return blob === 'unchanged' ? blob : blob && decodePointer(blob);
}

function decodePointer({ bytes, etag }: StoredBlob): PointerAt {
  return { pointer: decodeDocument(pointerSchema, POINTER_PATH, bytes), etag };
}

/**
 * Writes `next` if the pointer is still the one that was read as `current`, and returns it as it is kept. Undefined,
 * and nothing changed, when somebody else was faster: then everything that led to `next` has to be read and decided
 * again.
 */
export async function swapPointer(
  storage: Storage,
  current: PointerAt | undefined,
  next: Pointer,
): Promise<Pointer | undefined> {
  // Before the pointer drops them; when the swap fails they are in both places, and the next one finds them there.
  for (const move of next.history.slice(0, -MOVES_KEPT)) {
    await storage.createOnce(
      'registry',
      historyPath(move),
      Buffer.from(`${JSON.stringify(move, null, 2)}\n`),
    );
  }
  // Whatever is wrong with it is found here, and not by every instance that reads it.
  const kept = pointerSchema.parse({ ...next, history: next.history.slice(-MOVES_KEPT) });
  const etag = current?.etag ?? null;
  return (await storage.replace('registry', POINTER_PATH, encodeDocument(kept), etag)) ? kept : undefined;
}

/** Every move there ever was, oldest first: those in `history/`, then those in the pointer. */
export async function readWholeHistory(storage: Storage, { history }: Pointer): Promise<Move[]> {
  const first = history[0];
  const older: Move[] = [];
  for (const path of await storage.list('registry', HISTORY_PREFIX)) {
    const { bytes } = await storage.read('registry', path);
    const move = decodeDocument(moveSchema, path, bytes);
    if (first === undefined || move.at < first.at) older.push(move);
  }
  return [...older.sort((a, b) => (a.at < b.at ? -1 : 1)), ...history];
}

/** Times are whole milliseconds, UTC, so the names sort by time. */
function historyPath({ at, version, action }: Move): string {
  return `${HISTORY_PREFIX}${at.replace(/\W/g, '')}-${version ?? 'off'}-${action}.json`;
}
