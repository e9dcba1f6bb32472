/**
 * @module core/onnx/limits
 * How much of anything a model may have. The numbers are far above every network of photographs that is published, and low
 * enough that a model.json made to do harm costs neither minutes nor memory.
 */
import { InvalidModelError } from '../errors.ts';

/** Networks of photographs have hundreds. */
export const MOST_LAYERS = 4000;

/** A layer has at most a handful. */
export const MOST_WEIGHTS = 20_000;

/** Values in the output of one layer for one picture: half a GB in float32. */
export const MOST_VALUES = 2 ** 27;

/** A window, stride or dilation; pictures are at most 1,024 pixels wide. */
export const LARGEST_STEP = 65_536;

/** A model within a model takes three levels, what feeds a layer another five. */
const DEEPEST = 200;

/**
 * Throws {@link InvalidModelError} for JSON that is nested deeper than any function that calls itself could follow.
 * It keeps its own stack for that reason.
 */
export function checkNesting(json: unknown, name: string): void {
  let level: unknown[] = [json];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) {
      throw new InvalidModelError(
        `${name} is nested more than ${DEEPEST} levels deep: it is no layers model.`,
      );
    }
    const next: unknown[] = [];
    for (const value of level) {
      if (value === null || typeof value !== 'object') continue;
      for (const item of Object.values(value)) if (item !== null && typeof item === 'object') next.push(item);
    }
    level = next;
  }
}

const LONGEST = 200;

/** A value as JSON for a message, cut where it is long. */
export function shown(value: unknown): string {
  // JSON has no Infinity, and would say null.
  const text = (typeof value === 'number' ? undefined : JSON.stringify(value)) ?? String(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
