/**
 * @module core/registry/candidates
 * The canary, which gets a share of the traffic, and the shadow, which answers beside production and is never shown.
 */
import { BadRequestError, ConflictError } from '../errors.ts';
import type { Storage } from '../storage/storage.ts';
import { parseVersion } from '../version.ts';
import { moveCanary, moveShadow, parseDecision } from './moves.ts';
import { findPointer, swapPointer } from './pointer.ts';
import type { Moved } from './promote.ts';
import { findRecordToMove, takeRemovalBack } from './reopen.ts';
import type { Decision, Pointer } from './schema.ts';
import { type MoveOptions, proveLoads, requireBlessed } from './servable.ts';

/**
 * Gives `version` a `share` of the traffic, from above 0 to 1, or with null ends the canary. The version must be
 * blessed and answer here; {@link ConflictError} and NotFoundError say why it isn't or doesn't.
 */
export async function setCanary(
  storage: Storage,
  canary: { version: string; share: number } | null,
  options: MoveOptions,
): Promise<Moved> {
  if (canary !== null && !(canary.share > 0 && canary.share <= 1)) {
    throw new BadRequestError(`The share of a canary is above 0 and at most 1, not ${canary.share}.`);
  }
  return setCandidate(storage, canary?.version ?? null, options, {
    isSet: (pointer) =>
      pointer.canary?.version === canary?.version && pointer.canary?.share === canary?.share,
    move: (pointer, decision) => moveCanary(pointer, canary, decision),
  });
}

/** Lets `version` answer beside production without being shown, or with null ends that. Throws as {@link setCanary}. */
export async function setShadow(
  storage: Storage,
  version: string | null,
  options: MoveOptions,
): Promise<Moved> {
  return setCandidate(storage, version, options, {
    isSet: (pointer) => pointer.shadow === version,
    move: (pointer, decision) => moveShadow(pointer, version, decision),
  });
}

async function setCandidate(
  storage: Storage,
  version: string | null,
  { load, now = () => new Date(), ...given }: MoveOptions,
  {
    isSet,
    move,
  }: { isSet: (pointer: Pointer) => boolean; move: (pointer: Pointer, decision: Decision) => Pointer },
): Promise<Moved> {
  const { by, reason } = parseDecision(given);
  if (version !== null) parseVersion(version);
  let isProven = false;
  for (;;) {
    // The pointer before the record: see removeOldVersions.
    const current = await findPointer(storage);
    if (current === undefined) {
      throw new ConflictError('Nothing is in production yet. Register a version first.');
    }
    if (version !== null) {
      if (current.pointer.version === version) {
        throw new ConflictError(`Version ${version} is in production already: it gets all the traffic.`);
      }
      const { record: found, pending } = await findRecordToMove(storage, version);
      const record = requireBlessed(found, version);
      if (!isProven || pending !== undefined) await proveLoads(storage, record, load);
      isProven = true;
      if (pending !== undefined && !(await takeRemovalBack(storage, version, pending))) continue;
    }
    if (isSet(current.pointer)) return { pointer: current.pointer, moved: false };
    const next = move(current.pointer, { at: now().toISOString(), by, reason });
    const pointer = await swapPointer(storage, current, next);
    if (pointer !== undefined) return { pointer, moved: true };
  }
}
