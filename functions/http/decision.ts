/**
 * @module functions/http/decision
 * Who decides what serves, and why: a move of the pointer has both.
 */
import type { HttpRequest } from '@azure/functions';
import { moveRequestSchema } from '../contract/models.ts';
import { readJson } from './json-body.ts';

const BY_HEADER = 'x-pawprint-by';
/** Who it is where the request doesn't say: keys have no names. */
const ANYBODY = 'api';

/** Reads `{reason}` and the name in the header `x-pawprint-by`. Throws BadRequestError. */
export async function readDecision(request: HttpRequest): Promise<{ by: string; reason: string }> {
  const { reason } = await readJson(request, moveRequestSchema, '{"reason": "why"}');
  return { by: request.headers.get(BY_HEADER)?.trim() || ANYBODY, reason };
}
