/**
 * @module core/registry/rollback
 * Production moved back by a person, in one call.
 */
import { ConflictError, messageOf, PawprintError, UnavailableError } from '../errors.ts';
import type { Storage } from '../storage/storage.ts';
import { isProductionMove, moveProduction, parseDecision, servedBefore } from './moves.ts';
import { findPointer, readWholeHistory, swapPointer } from './pointer.ts';
import type { Moved } from './promote.ts';
import { findRecordToMove, takeRemovalBack } from './reopen.ts';
import { DamagedDocumentError, type Move, type Pointer } from './schema.ts';
import { type MoveOptions, proveLoads, requireBlessed, type ServableRecord } from './servable.ts';

export interface RolledBack extends Moved {
  /** Versions that served later than the one returned to, and why none of them is it. */
  skipped: { version: string; why: string }[];
}

/**
 * Moves production to the last blessed version that served before and that loads and answers here; those that
 * don't are passed over, since who calls this is in a hurry. A second call goes further back, never forward to
 * what the first one left. Of two calls at once one moves and the other gets {@link ConflictError}, as when there
 * is nothing to go back to. Throws BadRequestError and UnavailableError too; then the pointer stays.
 */
export async function rollback(
  storage: Storage,
  { load, now = () => new Date(), ...given }: MoveOptions,
): Promise<RolledBack> {
  const decision = { at: now().toISOString(), ...parseDecision(given) };
  let left: string | undefined;
  for (;;) {
    const current = await findPointer(storage);
    if (current === undefined)
      throw new ConflictError('Nothing is in production, so there is nothing to go back to.');
    const { pointer } = current;
    left ??= pointer.version;
    if (pointer.version !== left) return whoWasFaster(pointer, { left, ...decision });
    const { target, skipped } = await findTarget(storage, pointer, load);
    const next = moveProduction(pointer, target, { ...decision, action: 'rollback' });
    const moved = await swapPointer(storage, current, next);
    if (moved !== undefined) return { pointer: moved, moved: true, skipped };
  }
}

/** The swap was refused. Either somebody else moved, or we did and storage's answer was lost on the way. */
function whoWasFaster(pointer: Pointer, own: { left: string; by: string; reason: string }): RolledBack {
  const last = pointer.history.findLast(isProductionMove);
  const wasUs =
    last?.action === 'rollback' && last.from === own.left && last.by === own.by && last.reason === own.reason;
  if (wasUs) return { pointer, moved: true, skipped: [] };
  throw new ConflictError(
    `Production was moved from ${own.left} to ${pointer.version} meanwhile, by ${last?.by ?? 'somebody'}: ${last?.reason ?? 'no reason given'}. Look at it, then decide again.`,
  );
}

async function findTarget(
  storage: Storage,
  pointer: Pointer,
  load: MoveOptions['load'],
): Promise<{ target: ServableRecord; skipped: RolledBack['skipped'] }> {
  const skipped: RolledBack['skipped'] = [];
  const search = async (history: readonly Move[]) => {
    for (const version of servedBefore(pointer.version, history)) {
      if (skipped.some((earlier) => earlier.version === version)) continue;
      try {
        const { record: found, pending } = await findRecordToMove(storage, version);
        const record = requireBlessed(found, version);
        await proveLoads(storage, record, load);
        if (pending !== undefined && !(await takeRemovalBack(storage, version, pending))) {
          throw new ConflictError(`Version ${version} is being removed by ${pending.by}.`);
        }
        return record;
      } catch (error) {
        if (!(error instanceof PawprintError)) throw error;
        // Storage out of reach says nothing of the version: going on would go back too far. A record that is
        // damaged does: of that version alone.
        if (error instanceof UnavailableError && !(error instanceof DamagedDocumentError)) throw error;
        skipped.push({ version, why: messageOf(error) });
      }
    }
    return undefined;
  };
  const target = (await search(pointer.history)) ?? (await search(await readWholeHistory(storage, pointer)));
  if (target !== undefined) return { target, skipped };
  const reasons = skipped.map(({ why }) => ` ${why}`).join('');
  throw new ConflictError(
    `No version served before ${pointer.version} that could serve again.${reasons} Promote one by name instead.`,
  );
}
