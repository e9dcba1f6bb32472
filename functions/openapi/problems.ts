/**
 * @module functions/openapi/problems
 * What can go wrong in the same way at several routes.
 */

/** A model is asked, so there must be one. */
export const NO_MODEL = {
  503: 'No model is there yet, or storage is out of reach and none is in memory.',
};

/** The registry is read. */
export const NO_STORAGE = { 503: 'Storage is out of reach, or a document of the registry is damaged.' };

/** A picture is read and decoded. */
export const PICTURE_PROBLEMS = {
  413: 'More bytes than are taken (10 MB of picture, 14 of JSON, 40 of a form), or more than 50 megapixels.',
  415: 'Not a JPEG, PNG, WebP, AVIF or GIF by its bytes, whatever its type header says.',
  422: 'The picture is cut off or damaged.',
};

/** Work is done that an instance takes only so much of. */
export const BUSY_PROBLEMS = {
  429: 'This instance has as many photographs as it takes.',
  504: 'No answer within the deadline.',
};
