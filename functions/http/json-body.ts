/**
 * @module functions/http/json-body
 * Small JSON bodies: those without a picture in them.
 */
import type { HttpRequest } from '@azure/functions';
import type { z } from 'zod';
import { BadRequestError, TooLargeError } from '../../core/errors.ts';
import { parseJsonObject, readBody } from './body.ts';
import { parseBy } from './validate.ts';

/** The largest such body, in bytes. */
export const MOST_SMALL_JSON_BYTES = 64 * 1024;

/**
 * Reads a body as what `schema` says; `hint` shows what it should look like. The type header isn't looked at. Throws
 * BadRequestError and TooLargeError.
 */
export async function readJson<Schema extends z.ZodType>(
  request: HttpRequest,
  schema: Schema,
  hint: string,
): Promise<z.output<Schema>> {
  const body = await readBody(request, {
    bytes: MOST_SMALL_JSON_BYTES,
    tooLarge: () => new TooLargeError(`The body is larger than ${MOST_SMALL_JSON_BYTES / 1024} kB.`),
  });
  if (body.byteLength === 0) throw new BadRequestError(`The body is empty. Send ${hint}.`);
  return parseBy(schema, parseJsonObject(body, hint));
}
