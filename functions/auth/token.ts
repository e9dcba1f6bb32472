/**
 * @module functions/auth/token
 * Checks a token (JWT, RFC 7519) that a client sends as `Authorization: Bearer` (RFC 6750).
 */
import type { HttpRequest } from '@azure/functions';
import type { errors as JoseErrors, JWTPayload } from 'jose';
import { PawprintError, UnavailableError } from '../../core/errors.ts';
import { IssuerKeys, type IssuerOptions } from './issuer-keys.ts';
import { TokenError } from './token-error.ts';

/** Signatures by a pair of keys only: with HS256 whoever has the public key could sign. */
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];
/** By so many seconds the clocks of issuer and service may differ. */
const CLOCK_TOLERANCE_SECONDS = 30;
/** Tokens of the large issuers have 1 to 3 kB. */
const MOST_CHARACTERS = 8192;
/** The scheme has any case (RFC 9110, 11.1). */
const BEARER_PATTERN = /^Bearer +([\w.~+/-]+=*) *$/i;

const SEND_ONE = 'Send one in the header Authorization: Bearer TOKEN.';

export interface TokenRules extends IssuerOptions {
  /** A token must be for one of these. */
  audience: readonly string[];
  /** Scope or role that it must have; none is asked for without it. */
  scope?: string | undefined;
}

export class TokenChecker {
  private readonly rules: TokenRules;
  private readonly keys: IssuerKeys;

  constructor(rules: TokenRules) {
    this.rules = rules;
    this.keys = new IssuerKeys(rules);
  }

  /**
   * What the request's token says, once it is proven. Looks at headers and query only. Throws {@link TokenError} for a
   * token that is missing or wrong, and {@link UnavailableError} when the issuer's keys can't be had.
   */
  async check(request: HttpRequest): Promise<JWTPayload> {
    const payload = await this.verify(tokenOf(request));
    const { scope } = this.rules;
    if (scope !== undefined && !scopesOf(payload).includes(scope)) {
      throw new TokenError(`The token lacks the scope or role ${scope}. Ask for it when you get the token.`, {
        fault: 'insufficient_scope',
        scope,
      });
    }
    return payload;
  }

  private async verify(token: string): Promise<JWTPayload> {
    const { errors, jwtVerify } = await import('jose');
    const { issuer, audience } = this.rules;
    try {
      const { payload } = await jwtVerify(token, this.keys.keyOf, {
        issuer,
        audience: [...audience],
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        // Without it a token is good for ever.
        requiredClaims: ['exp'],
      });
      return payload;
    } catch (error) {
      if (error instanceof PawprintError) throw error;
      if (error instanceof errors.JOSEError) {
        throw new TokenError(describeFault(error, errors), { fault: 'invalid_token', cause: error });
      }
      // A key of the issuer that is too short, say: nothing that whoever has the token can do.
      throw new UnavailableError(`A key of ${issuer} can't be used.`, {
        cause: error,
        publicMessage: 'Tokens can not be checked at the moment. Try again later.',
      });
    }
  }
}

function tokenOf(request: HttpRequest): string {
  if (request.query.has('access_token')) {
    throw new TokenError(`A token in the address is not taken: logs would have it. ${SEND_ONE}`, {
      fault: 'invalid_request',
    });
  }
  const header = request.headers.get('authorization');
  if (header === null) throw new TokenError(`This asks for a token. ${SEND_ONE}`);
  if (header.length > MOST_CHARACTERS) {
    throw new TokenError(
      `The token has more than ${MOST_CHARACTERS} characters. Ask for one with fewer claims.`,
      {
        fault: 'invalid_token',
      },
    );
  }
  const [, token] = BEARER_PATTERN.exec(header) ?? [];
  if (token === undefined) {
    throw new TokenError(`The header Authorization has no token. ${SEND_ONE}`, { fault: 'invalid_request' });
  }
  return token;
}

/** `scope` is one text (RFC 8693), `scp` and `roles` are Entra's: a text, a list. */
function scopesOf({ scope, scp, roles }: JWTPayload): string[] {
  return [scope, scp, roles]
    .flatMap((claim) => (typeof claim === 'string' ? claim.split(' ') : claim))
    .filter((name) => typeof name === 'string');
}

const CLAIM_WORDS: Record<string, string> = {
  iss: 'The token is of another issuer. Get one from the issuer that this service takes.',
  aud: 'The token is for another service. Ask for one with this service as its audience.',
  nbf: 'The token is not valid yet. Look at the clock of who issued it.',
  exp: 'The token has no time at which it ends. Ask for one with the claim exp.',
};

function describeFault(error: JoseErrors.JOSEError, errors: typeof JoseErrors): string {
  if (error instanceof errors.JWTExpired) return 'The token has expired. Get a new one.';
  if (error instanceof errors.JWTClaimValidationFailed) {
    return CLAIM_WORDS[error.claim] ?? 'A claim of the token is wrong. Get a new one.';
  }
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return `The token is not signed in one of the ways that are taken: ${ALGORITHMS.join(', ')}.`;
  }
  if (error instanceof errors.JWKSNoMatchingKey) {
    return 'The token is signed with a key that its issuer does not have. Get a new one.';
  }
  if (error instanceof errors.JWKSMultipleMatchingKeys) {
    return 'The token does not say with which key it is signed (kid). Get one that does.';
  }
  return 'The token is damaged, or its signature is wrong. Get a new one.';
}
