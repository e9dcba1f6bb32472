/**
 * @module core/lifecycle/gates/gate
 * What every gate is made of: a figure, what was asked for, and why that is good or not.
 */
import { InvalidModelError, messageOf, NotFoundError } from '../../errors.ts';
import type { Gate } from '../../registry/schema.ts';

/** What a gate that isn't passed means: see {@link Gate}. */
export type Severity = NonNullable<Gate['severity']>;

/** `value` and `threshold` are null where there is no figure. */
export type Finding = Pick<Gate, 'passed' | 'reason'> & Partial<Pick<Gate, 'value' | 'threshold'>>;

/** A gate by its finding. A figure that isn't a number is kept as null: JSON has none for it. */
export function gateOf(
  name: string,
  { value = null, threshold = null, passed, reason }: Finding,
  { severity = 'reject' }: { severity?: Severity } = {},
): Gate {
  const isNumber = typeof value !== 'number' || Number.isFinite(value);
  return { name, value: isNumber ? value : null, threshold, passed, severity, reason };
}

/** A gate that has nothing to judge by: it says why, and isn't passed. */
export function notJudged(name: string, why: string, options: { severity?: Severity } = {}): Gate {
  return gateOf(name, { passed: false, reason: `not judged: ${why}` }, options);
}

/**
 * The message of what a version is to blame for: a file that is damaged, missing or breaks its contract. Anything
 * else, storage out of reach say, is thrown on: it can be repeated.
 */
export function blameOf(error: unknown): string {
  if (error instanceof InvalidModelError || error instanceof NotFoundError) return messageOf(error);
  throw error;
}

/** A share as people read it: .9008 is 90.1 %. */
export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** A difference of shares in points: .012 is 1.2. */
export function points(difference: number): string {
  return (100 * difference).toFixed(1);
}

/** `1 picture`, `2 pictures`. */
export function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}
