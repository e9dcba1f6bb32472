/**
 * @module functions/http/photograph
 * The photographs of a request: the raw body, the files of a form, base64 in JSON, or an address in JSON.
 */
import type { HttpRequest } from '@azure/functions';
import { BadRequestError } from '../../core/errors.ts';
import { MOST_PICTURE_BYTES, tooManyBytes } from '../../core/image/open.ts';
import { isPictureFormat, sniffFormat } from '../../core/image/sniff.ts';
import { imageJsonSchema, imagesJsonSchema, MOST_PICTURES, urlJsonSchema } from '../contract/classify.ts';
import { decodeBase64 } from './base64.ts';
import { emptyFile, mediaTypeOf, parseJsonObject, readBody } from './body.ts';
import { type FetchOptions, fetchPhotograph } from './fetch-url.ts';
import { parseForm } from './multipart.ts';
import { parseBy } from './validate.ts';

/** The largest JSON body, in bytes: base64 makes 14 of 10. */
export const MOST_JSON_BYTES = 14 * 1024 * 1024;
/** The largest form, in bytes. */
export const MOST_FORM_BYTES = 40 * 1024 * 1024;

const HOW_TO_SEND =
  'Send it as the body (curl --data-binary @photo.jpg), as a file of a multipart/form-data form, or as JSON {"image": "<base64>"}';
const JSON_HINT = '{"image": "<base64>"}';

export interface SentPhotograph {
  /** As the part of a form named it; null where nothing did. */
  filename: string | null;
  /**
   * Its bytes, undecoded: what it is, they tell later. Throws BadRequestError for base64 that is none and for no
   * bytes, TooLargeError: of several photographs that is the fault of this one alone.
   */
  content(): Uint8Array;
}

/**
 * Reads the photographs, from one to {@link MOST_PICTURES}, in their order. The type header only tells a form and JSON
 * from a picture; a JPEG labelled text/plain is fine. `fetch` is how an address in JSON is fetched; without hosts it is
 * refused. Throws BadRequestError when there is none or the body is malformed, TooLargeError, and what
 * {@link fetchPhotograph} throws.
 */
export async function readPhotographs(
  request: HttpRequest,
  { fetch = { hosts: [] } }: { fetch?: FetchOptions } = {},
): Promise<SentPhotograph[]> {
  const type = mediaTypeOf(request);
  if (type === 'multipart/form-data') {
    const body = await readBody(request, { bytes: MOST_FORM_BYTES });
    if (isPicture(body)) return [sent(body)];
    return photographsOfForm(body, request.headers.get('content-type') ?? '');
  }
  if (type === 'application/json' || type.endsWith('+json')) {
    const body = await readBody(request, { bytes: MOST_JSON_BYTES });
    return isPicture(body) ? [sent(body)] : photographsOfJson(body, fetch);
  }
  return [sent(await readBody(request, { bytes: MOST_PICTURE_BYTES, tooLarge: tooManyBytes }))];
}

async function photographsOfForm(body: Uint8Array, contentType: string): Promise<SentPhotograph[]> {
  if (body.byteLength === 0) throw noPhotograph();
  const { files } = await parseForm(body, contentType);
  if (files.length === 0) throw noPhotograph();
  if (files.length > MOST_PICTURES) {
    throw new BadRequestError(
      `The form has ${files.length} files. Send at most ${MOST_PICTURES} photographs in a request.`,
    );
  }
  return files.map(({ filename, content }) => sent(content, { filename, empty: emptyFile }));
}

async function photographsOfJson(body: Uint8Array, fetch: FetchOptions): Promise<SentPhotograph[]> {
  if (body.byteLength === 0) throw noPhotograph();
  const json = parseJsonObject(body, JSON_HINT);
  const ways = ['image', 'images', 'url'].filter((name) => json[name] !== undefined);
  if (ways.length > 1) {
    throw new BadRequestError(
      `The JSON has ${ways.map((way) => `"${way}"`).join(' and ')}. Send one of them.`,
    );
  }
  if (ways[0] === 'url') {
    const { url } = parseBy(urlJsonSchema, json);
    return [sent(await fetchPhotograph(url, fetch))];
  }
  const images =
    ways[0] === 'images' ? parseBy(imagesJsonSchema, json).images : [parseBy(imageJsonSchema, json).image];
  return images.map((image) => ({
    filename: null,
    content: () => checked(decodeBase64(image), emptyString),
  }));
}

function sent(
  bytes: Uint8Array,
  { filename = null, empty = noPhotograph }: { filename?: string | null; empty?: () => BadRequestError } = {},
): SentPhotograph {
  return { filename, content: () => checked(bytes, empty) };
}

function checked(bytes: Uint8Array, empty: () => BadRequestError): Uint8Array {
  if (bytes.byteLength === 0) throw empty();
  if (bytes.byteLength > MOST_PICTURE_BYTES) throw tooManyBytes();
  return bytes;
}

/** A picture under the header of a form or of JSON, set by hand in the client, is still a picture. */
function isPicture(body: Uint8Array): boolean {
  return isPictureFormat(sniffFormat(body));
}

function emptyString(): BadRequestError {
  return new BadRequestError(
    'The base64 is empty: there is no photograph in it. Send the bytes of the picture as base64.',
  );
}

function noPhotograph(): BadRequestError {
  return new BadRequestError(`There is no photograph in the request. ${HOW_TO_SEND}.`);
}
