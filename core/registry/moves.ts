/**
 * @module core/registry/moves
 * What a move makes of the pointer, and what its history tells. Nothing here reads or writes.
 */
import { BadRequestError } from '../errors.ts';
import type { Decision, Move, Pointer, ProductionMove } from './schema.ts';

/** Letters in a reason: it is read in a table, and the pointer stays small. */
const LONGEST_REASON = 1000;

type Target = Pick<Pointer, 'version' | 'precision'>;

/**
 * The name and reason of somebody who moves something, trimmed. Throws {@link BadRequestError} when one is
 * empty or doesn't fit into a line: who and why is what the history is for.
 */
export function parseDecision(given: { by: string; reason: string }): { by: string; reason: string } {
  const [by, reason] = [given.by.trim(), given.reason.trim()];
  if (by === '') throw new BadRequestError('Who moves it is missing. Give a name.');
  if (reason === '')
    throw new BadRequestError('A reason is missing. Say why, for those who read the history.');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  if (/[\u0000-\u001f\u007f]/.test(by + reason) || by.length > 200 || reason.length > LONGEST_REASON) {
    throw new BadRequestError(
      `A name is one line of at most 200 characters, a reason one of at most ${LONGEST_REASON}.`,
    );
  }
  return { by, reason };
}

/**
 * The pointer after production moved to `target`. A canary or shadow of that very version ends, with a line
 * of its own: it has nothing to be compared with any more. Without `current` it is the registry's first pointer.
 */
export function moveProduction(
  current: Pointer | undefined,
  { version, precision }: Target,
  { action, ...decision }: Decision & { action: ProductionMove['action'] },
): Pointer {
  const from = current?.version ?? null;
  const history = append(current?.history ?? [], { ...decision, action, version, from });
  const moved: Pointer = {
    schemaVersion: 1,
    version,
    precision,
    canary: current?.canary ?? null,
    shadow: current?.shadow ?? null,
    previous: action === 'rollback' ? (servedBefore(version, history)[0] ?? null) : from,
    history,
  };
  const ends = { ...decision, reason: `${version} is in production` };
  const withoutCanary = moved.canary?.version === version ? moveCanary(moved, null, ends) : moved;
  return moved.shadow === version ? moveShadow(withoutCanary, null, ends) : withoutCanary;
}

/** The pointer with another canary, or none. */
export function moveCanary(pointer: Pointer, canary: Pointer['canary'], decision: Decision): Pointer {
  const [version, share] = [canary?.version ?? null, canary?.share ?? 0];
  const from = pointer.canary?.version ?? null;
  const history = append(pointer.history, { ...decision, action: 'canary', version, from, share });
  return { ...pointer, canary, history };
}

/** The pointer with another shadow, or none. */
export function moveShadow(pointer: Pointer, shadow: Pointer['shadow'], decision: Decision): Pointer {
  const move: Move = { ...decision, action: 'shadow', version: shadow, from: pointer.shadow };
  return { ...pointer, shadow, history: append(pointer.history, move) };
}

export function isProductionMove(move: Move): move is ProductionMove {
  return move.action !== 'canary' && move.action !== 'shadow';
}

/**
 * The versions that served before `version`, the one in production, the last first, each once. A rollback takes
 * back all moves since its version was moved to: after A, B, C and a rollback to B, what served before is A. So a
 * second rollback goes further back, and never to what the first one left.
 */
export function servedBefore(version: string, history: readonly Move[]): string[] {
  let served: string[] = [];
  for (const move of history.filter(isProductionMove)) {
    // Of a history whose beginning is in `history/`, and of one that was mended by hand.
    if (served.length === 0 && move.from != null) served.push(move.from);
    if (move.action === 'rollback') served = served.slice(0, served.lastIndexOf(move.version) + 1);
    if (served.at(-1) !== move.version) served.push(move.version);
  }
  return [...new Set(served.reverse())].filter((earlier) => earlier !== version);
}

/**
 * Adds a line. Its time is never that of the line before or earlier: the names in `history/` come from it,
 * and two lines of a millisecond, or of two machines whose clocks differ, mustn't become one.
 */
function append(history: readonly Move[], move: Move): Move[] {
  const last = history.at(-1);
  const earliest = last === undefined ? Number.NEGATIVE_INFINITY : Date.parse(last.at) + 1;
  return [...history, { ...move, at: new Date(Math.max(Date.parse(move.at), earliest)).toISOString() }];
}
