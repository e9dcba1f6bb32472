/**
 * @module functions/http/body
 * Reads the body of a request, counted. The host lets 100 MB in and answers more with an empty 500.
 */
import type { HttpRequest } from '@azure/functions';
import { BadRequestError, type PawprintError, TooLargeError } from '../../core/errors.ts';

export interface BodyLimit {
  bytes: number;
  /** Makes the error for a body of more bytes. */
  tooLarge?: () => PawprintError;
}

const MEGABYTE = 1024 * 1024;

/**
 * Reads the whole body; empty where there is none. Throws what `limit` says for more than `limit.bytes`
 * bytes: by Content-Length where it is there, before a copy is made, then by what came.
 */
export async function readBody(request: HttpRequest, limit: BodyLimit): Promise<Uint8Array> {
  const announced = Number(request.headers.get('content-length') ?? 0);
  if (announced > limit.bytes) throw tooLarge(limit);
  const body = new Uint8Array(await request.arrayBuffer());
  if (body.byteLength > limit.bytes) throw tooLarge(limit);
  return body;
}

/** Parses a body as a JSON object. Throws BadRequestError otherwise; `hint` says what it should look like. */
export function parseJsonObject(body: Uint8Array, hint: string): Record<string, unknown> {
  let value: unknown;
  try {
    // TextDecoder drops a byte order mark, which JSON.parse doesn't take.
    value = JSON.parse(new TextDecoder().decode(body));
  } catch (error) {
    throw new BadRequestError(`The body is not valid JSON. Send ${hint}.`, { cause: error });
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject) throw new BadRequestError(`The body is not a JSON object. Send ${hint}.`);
  return value as Record<string, unknown>;
}

/** The type of the body without its parameters, lower case; empty where the header is missing. */
export function mediaTypeOf(request: HttpRequest): string {
  return (request.headers.get('content-type') ?? '').split(';')[0]!.trim().toLowerCase();
}

function tooLarge({ bytes, tooLarge: make }: BodyLimit): PawprintError {
  return make?.() ?? new TooLargeError(`The body is larger than ${bytes / MEGABYTE} MB.`);
}

/** Said of a file of a form without a byte. */
export function emptyFile(): BadRequestError {
  return new BadRequestError(
    'This file is empty. Look at where it came from, and send the photograph again.',
  );
}
