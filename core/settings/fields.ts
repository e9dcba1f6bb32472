/**
 * @module core/settings/fields
 * What several settings are made of.
 */
import { z } from 'zod';

/** A whole number in a range. */
export const whole = (lowest: number, highest: number) => z.coerce.number().int().min(lowest).max(highest);

export const httpsUri = z.url({ protocol: /^https$/ });

/** A number without sign or exponent. */
export const number = z
  .string()
  .trim()
  .regex(/^(\d+\.?\d*|\.\d+)$/, 'write a plain number')
  .transform(Number);

export const share = number.pipe(z.number().max(1, 'write a share from 0 to 1: .75 for 75 %'));
