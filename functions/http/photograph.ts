/**
 * @module functions/http/photograph
 * The photograph of a request: the raw body, the file of a form, or base64 in JSON.
 */
import type { HttpRequest } from '@azure/functions';
import { BadRequestError } from '../../core/errors.ts';
import { MOST_PICTURE_BYTES, tooManyBytes } from '../../core/image/open.ts';
import { isPictureFormat, sniffFormat } from '../../core/image/sniff.ts';
import { decodeBase64 } from './base64.ts';
import { mediaTypeOf, parseJsonObject, readBody } from './body.ts';
import { parseForm } from './multipart.ts';

/** The largest JSON body, in bytes: base64 makes 14 of 10. */
export const MOST_JSON_BYTES = 14 * 1024 * 1024;
/** The largest form, in bytes. */
export const MOST_FORM_BYTES = 40 * 1024 * 1024;

const HOW_TO_SEND =
  'Send it as the body (curl --data-binary @photo.jpg), as a file of a multipart/form-data form, or as JSON {"image": "<base64>"}';

/**
 * Reads the photograph, undecoded: what it is, its bytes tell later. The type header only tells a form and
 * JSON from a picture; a JPEG labelled text/plain is fine.
 * Throws BadRequestError when there is none or the body is malformed, TooLargeError.
 */
export async function readPhotographBody(request: HttpRequest): Promise<Uint8Array> {
  const type = mediaTypeOf(request);
  const photograph = await readByType(request, type);
  if (photograph.byteLength === 0) throw noPhotograph();
  if (photograph.byteLength > MOST_PICTURE_BYTES) throw tooManyBytes();
  return photograph;
}

async function readByType(request: HttpRequest, type: string): Promise<Uint8Array> {
  if (type === 'multipart/form-data') {
    const body = await readBody(request, { bytes: MOST_FORM_BYTES });
    return isPicture(body) ? body : photographOfForm(body, request.headers.get('content-type') ?? '');
  }
  if (type === 'application/json' || type.endsWith('+json')) {
    const body = await readBody(request, { bytes: MOST_JSON_BYTES });
    return isPicture(body) ? body : photographOfJson(body);
  }
  return readBody(request, { bytes: MOST_PICTURE_BYTES, tooLarge: tooManyBytes });
}

async function photographOfForm(body: Uint8Array, contentType: string): Promise<Uint8Array> {
  if (body.byteLength === 0) throw noPhotograph();
  const { files } = await parseForm(body, contentType);
  if (files.length > 1) {
    throw new BadRequestError(`The form has ${files.length} files. Send one photograph in each request.`);
  }
  if (files[0] === undefined) throw noPhotograph();
  return files[0];
}

function photographOfJson(body: Uint8Array): Uint8Array {
  if (body.byteLength === 0) throw noPhotograph();
  const { image } = parseJsonObject(body, '{"image": "<base64>"}');
  if (typeof image !== 'string') {
    const found = image === undefined ? 'missing' : 'not a string';
    throw new BadRequestError(`"image" is ${found}. Send {"image": "<base64>"}.`);
  }
  if (image.trim() === '') throw new BadRequestError('"image" is empty. Send {"image": "<base64>"}.');
  return decodeBase64(image);
}

/** A picture under the header of a form or of JSON, set by hand in the client, is still a picture. */
function isPicture(body: Uint8Array): boolean {
  return isPictureFormat(sniffFormat(body));
}

function noPhotograph(): BadRequestError {
  return new BadRequestError(`There is no photograph in the request. ${HOW_TO_SEND}.`);
}
