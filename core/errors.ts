/**
 * @module core/errors
 * The errors that Pawprint raises on purpose. Each carries the HTTP status that answers it, a stable
 * code, and a message for the person who gets it: what was wrong and what to do next.
 */

export interface PawprintErrorOptions {
  /** The fault underneath. */
  cause?: unknown;
  /** After which a retry makes sense. */
  retryAfterSeconds?: number;
  /** What a client may read, where the message is for who runs the service: it names a blob, say. */
  publicMessage?: string;
}

/** Base of all errors that are meant to be shown. Any other error is a fault of ours and shows as a 500. */
export abstract class PawprintError extends Error {
  abstract readonly status: number;
  abstract readonly code: string;
  readonly retryAfterSeconds: number | undefined;
  readonly publicMessage: string;

  constructor(message: string, { cause, retryAfterSeconds, publicMessage }: PawprintErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.retryAfterSeconds = retryAfterSeconds;
    this.publicMessage = publicMessage ?? message;
  }
}

/** 400: the request can't be understood. */
export class BadRequestError extends PawprintError {
  readonly status = 400;
  readonly code = 'bad-request';
}

/** 404: a version, a label or a blob that isn't there. */
export class NotFoundError extends PawprintError {
  readonly status = 404;
  readonly code = 'not-found';
}

/** 405: the route exists, the method doesn't. */
export class MethodNotAllowedError extends PawprintError {
  readonly status = 405;
  readonly code = 'method-not-allowed';
  readonly allow: readonly string[];

  constructor(method: string, allow: readonly string[]) {
    super(`${method} is not allowed here. Use ${allow.join(' or ')}.`);
    this.allow = allow;
  }
}

/** 409: the state of something doesn't allow the change: a version that exists with other content, say. */
export class ConflictError extends PawprintError {
  readonly status = 409;
  readonly code = 'conflict';
}

/** 413: more bytes or pixels than are taken. */
export class TooLargeError extends PawprintError {
  readonly status = 413;
  readonly code = 'too-large';
}

/** 415: not one of the picture formats that are read. */
export class UnsupportedFormatError extends PawprintError {
  readonly status = 415;
  readonly code = 'unsupported-format';
}

/** 422: a picture of a known format that is damaged, cut off or can't be decoded. */
export class UnreadableImageError extends PawprintError {
  readonly status = 422;
  readonly code = 'unreadable-image';
}

/** 429: this instance has as much work as it takes. */
export class TooManyRequestsError extends PawprintError {
  readonly status = 429;
  readonly code = 'too-many-requests';
}

/** 503: no model is there to answer with, or storage can't be reached. */
export class UnavailableError extends PawprintError {
  readonly status = 503;
  readonly code = 'unavailable';
}

/** 504: the deadline of the request passed. */
export class DeadlineError extends PawprintError {
  readonly status = 504;
  readonly code = 'deadline';
}

/** A setting that is missing or wrong. */
export class ConfigurationError extends PawprintError {
  readonly status = 500;
  readonly code = 'configuration';
}

/** A model, manifest or data set that breaks its contract: it is refused, and nothing of it is used. */
export class InvalidModelError extends PawprintError {
  readonly status = 422;
  readonly code = 'invalid-model';
}

/** Training data that can't be trained on. */
export class DataError extends PawprintError {
  readonly status = 422;
  readonly code = 'invalid-data';
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
