/**
 * @module functions/auth/token-error
 * Why a token opens nothing, in the words of RFC 6750: a problem document and a WWW-Authenticate header.
 */
import { PawprintError } from '../../core/errors.ts';

/** What of RFC 6750, 3.1 is used. None where no token came at all. */
export type TokenFault = 'invalid_request' | 'invalid_token' | 'insufficient_scope' | undefined;

/** 401; 403 for a token that is good and lacks the scope. */
export class TokenError extends PawprintError {
  readonly status: number;
  readonly code: string;
  /** Value of the header WWW-Authenticate. */
  readonly challenge: string;

  /** `message` is put into a header too: printable ASCII without quotes and backslashes, and nothing of the token. */
  constructor(
    message: string,
    { fault, scope, cause }: { fault?: TokenFault; scope?: string; cause?: unknown } = {},
  ) {
    super(message, { cause });
    const isForbidden = fault === 'insufficient_scope';
    this.status = isForbidden ? 403 : 401;
    this.code = isForbidden ? 'forbidden' : 'unauthorized';
    const fields: Record<string, string | undefined> = { realm: 'pawprint', error: fault, scope };
    if (fault !== undefined) fields.error_description = message;
    const words = Object.entries(fields).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}="${value}"`],
    );
    this.challenge = `Bearer ${words.join(', ')}`;
  }
}
