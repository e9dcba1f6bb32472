/**
 * @module functions/http/validate
 * What comes in, checked by the schemas of `functions/contract`, with words that name what is wrong.
 */
import type { HttpRequest } from '@azure/functions';
import type { z } from 'zod';
import { BadRequestError } from '../../core/errors.ts';
import { inWords } from './words.ts';

/** Parses `value` by a schema. Throws BadRequestError that names every member that is wrong. */
export function parseBy<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = schema.safeParse(value, { error: inWords });
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.map(({ path, message }) =>
    path.length === 0 ? message : `\`${path.join('.')}\`: ${message}`,
  );
  throw new BadRequestError(`${faults.join('; ')}.`);
}

/**
 * The parameters of the query that a schema names; others are left alone (a key comes as `code`). Throws
 * BadRequestError for one that is wrong or given more than once.
 */
export function parseQuery<Schema extends z.ZodObject>(
  request: HttpRequest,
  schema: Schema,
): z.output<Schema> {
  const given = Object.keys(schema.shape).flatMap((name) => {
    const values = request.query.getAll(name);
    if (values.length > 1) {
      throw new BadRequestError(`\`${name}\` is given ${values.length} times. Give it once.`);
    }
    return values[0] === undefined ? [] : [[name, values[0]] as const];
  });
  return parseBy(schema, Object.fromEntries(given));
}
