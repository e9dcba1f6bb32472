/**
 * @module functions/http/feedback-body
 * Feedback as it is sent: JSON, or a form with the picture.
 */
import type { HttpRequest } from '@azure/functions';
import { BadRequestError } from '../../core/errors.ts';
import { MOST_PICTURE_BYTES, tooManyBytes } from '../../core/image/open.ts';
import { type FeedbackRequest, feedbackFormSchema, feedbackRequestSchema } from '../contract/feedback.ts';
import { emptyFile, mediaTypeOf, readBody } from './body.ts';
import { MOST_SMALL_JSON_BYTES, readJson } from './json-body.ts';
import { parseForm } from './multipart.ts';
import { parseBy } from './validate.ts';

const HINT = '{"requestId": "…", "label": "Bengal"}';

export interface SentFeedback extends FeedbackRequest {
  /** Undecoded; null without consent too, then it isn't looked at. */
  picture: Uint8Array | null;
}

/** Reads feedback. Throws BadRequestError that names what is wrong, and TooLargeError. */
export async function readFeedback(request: HttpRequest): Promise<SentFeedback> {
  if (mediaTypeOf(request) !== 'multipart/form-data') {
    return { ...(await readJson(request, feedbackRequestSchema, HINT)), picture: null };
  }
  const bytes = MOST_PICTURE_BYTES + MOST_SMALL_JSON_BYTES;
  const body = await readBody(request, { bytes, tooLarge: tooManyBytes });
  const { files, fields } = await parseForm(body, request.headers.get('content-type') ?? '');
  const { consent, ...said } = parseBy(feedbackFormSchema, Object.fromEntries(fields));
  if (files.length > 1) {
    throw new BadRequestError(`The form has ${files.length} files. Send one picture with each feedback.`);
  }
  const picture = files[0]?.content ?? null;
  if (consent !== 'true') return { ...said, picture: null };
  if (picture === null) {
    throw new BadRequestError(
      'There is consent, but no picture in the form. Send the picture as a file of it (curl -F photo=@photo.jpg), or leave `consent` out.',
    );
  }
  if (picture.byteLength === 0) throw emptyFile();
  if (picture.byteLength > MOST_PICTURE_BYTES) throw tooManyBytes();
  return { ...said, picture };
}
