/**
 * @module core/inference/served-before
 * A model to answer with when the one in production can't be loaded and none is in memory.
 */
import { messageOf, UnavailableError } from '../errors.ts';
import { servedBefore } from '../registry/moves.ts';
import { findRecord } from '../registry/registry.ts';
import { DamagedDocumentError, type Pointer } from '../registry/schema.ts';
import { requireBlessed } from '../registry/servable.ts';
import type { Storage } from '../storage/storage.ts';
import type { loadServableModel, ServableModel } from './servable-model.ts';

/** Versions that are loaded at most: each may take long, and a request waits. */
const MOST_LOADS = 3;

interface Options {
  storage: Storage;
  load: typeof loadServableModel;
  log: (line: string) => void;
}

/**
 * The last version that served before the one in production, is blessed still, and loads; undefined when there is
 * none. Those that don't are passed over, with a line in the log.
 */
export async function loadServedBefore(
  { version, previous, history }: Pointer,
  { storage, load, log }: Options,
): Promise<ServableModel | undefined> {
  // The history says it too, except in a pointer that was written by hand.
  const first = previous === null ? [] : [previous];
  let loads = 0;
  for (const earlier of new Set([...first, ...servedBefore(version, history)])) {
    if (loads === MOST_LOADS) break;
    try {
      const record = requireBlessed(await findRecord(storage, earlier), earlier);
      loads++;
      return await load(storage, { version: earlier, precision: record.precision });
    } catch (error) {
      log(`Nor can the one before ${version} be loaded, ${earlier}: ${messageOf(error)}`);
      // Storage out of reach says nothing of the version: going on would go back too far, and the next look tries again.
      if (error instanceof UnavailableError && !(error instanceof DamagedDocumentError)) return undefined;
    }
  }
  return undefined;
}
