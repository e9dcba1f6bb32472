/**
 * @module core/registry/servable
 * Whether a version may serve: what its record says, and that it loads and answers here and now.
 */
import { ConflictError, InvalidModelError, NotFoundError } from '../errors.ts';
import { loadServableModel } from '../inference/servable-model.ts';
import { LABELS_GATE, rejections, servingPrecision } from '../lifecycle/gates/verdict.ts';
import type { Precision } from '../manifest.ts';
import type { Storage } from '../storage/storage.ts';
import type { VersionRecord } from './schema.ts';

/** What a move by a person needs: who and why, and how a version is loaded and time told, for tests. */
export interface MoveOptions {
  by: string;
  reason: string;
  load?: typeof loadServableModel;
  now?: () => Date;
}

/** A record by which a version may serve. */
export type ServableRecord = VersionRecord & { precision: Precision };

/**
 * The record, if by it the version may serve. Throws {@link NotFoundError} for a version that is unknown or whose
 * files were removed, {@link ConflictError} for one that isn't blessed.
 */
export function requireBlessed(record: VersionRecord | undefined, version: string): ServableRecord {
  const { state, precision } = requirePresent(record, version);
  if (state === 'blessed' && precision !== null) return { ...record!, precision };
  throw new ConflictError(`Version ${version} is ${state}${failures(record!)}, so it can't serve.`);
}

/**
 * As {@link requireBlessed}, for a promotion by hand: a version that was rejected for nothing but its label set
 * passes, with the record that says who overruled it.
 */
export function requirePromotable(
  record: VersionRecord | undefined,
  version: string,
  overruledBy: NonNullable<VersionRecord['override']>,
): { record: ServableRecord; overruled: boolean } {
  const present = requirePresent(record, version);
  const others = present.gates.filter((gate) => gate.name !== LABELS_GATE);
  const isForLabels = present.state === 'rejected' && rejections(present.gates).length > 0;
  const precision = isForLabels ? servingPrecision(others) : null;
  if (precision === null) return { record: requireBlessed(present, version), overruled: false };
  return { record: { ...present, state: 'blessed', precision, override: overruledBy }, overruled: true };
}

function requirePresent(record: VersionRecord | undefined, version: string): VersionRecord {
  if (record === undefined) {
    throw new NotFoundError(
      `Version ${version} is not registered. \`npm run models -- list\` names those that are.`,
    );
  }
  if (record.removed !== undefined) {
    const { at, by } = record.removed;
    throw new NotFoundError(
      `The files of version ${version} were removed at ${at} by ${by}. Push it again to use it.`,
    );
  }
  return record;
}

function failures({ gates }: VersionRecord): string {
  const names = rejections(gates).map((gate) => `"${gate.name}"`);
  return names.length === 0 ? '' : ` by the gate ${names.join(', ')}`;
}

/**
 * Loads the version in the serving engine, which answers its golden inputs, and frees it: a label moves only onto
 * a version that loads. Throws {@link NotFoundError} when files are gone, {@link ConflictError} when they are
 * damaged or answer otherwise than they were trained to, and UnavailableError, which says nothing of the version.
 */
export async function proveLoads(
  storage: Storage,
  { version, precision }: { version: string; precision: Precision },
  load: typeof loadServableModel = loadServableModel,
): Promise<void> {
  try {
    const model = await load(storage, { version, precision });
    await model.retire();
  } catch (error) {
    if (error instanceof NotFoundError) {
      throw new NotFoundError(`The files of version ${version} are gone: ${error.message}`, { cause: error });
    }
    if (error instanceof InvalidModelError) {
      throw new ConflictError(`Version ${version} can't be loaded: ${error.message}`, { cause: error });
    }
    throw error;
  }
}
