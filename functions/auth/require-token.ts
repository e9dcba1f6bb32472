/**
 * @module functions/auth/require-token
 * Lets a handler run only for who has a token, where the settings ask for one: AUTH_ISSUER and AUTH_AUDIENCE.
 */
import { type Config, config } from '../../core/config.ts';
import type { CallHandler } from '../http/handle.ts';
import { TokenChecker } from './token.ts';

let checker: TokenChecker | undefined;

/**
 * Wraps a handler: the token is checked before it reads the body. Where no tokens are asked for, nothing is. Settings
 * that are wrong throw ConfigurationError, so that half of them opens nothing.
 */
export function requireToken(handler: CallHandler): CallHandler {
  return async (request, context, call) => {
    const settings = config();
    if (settings.AUTH_ISSUER !== undefined) {
      checker ??= makeChecker(settings);
      await checker.check(request);
    }
    return handler(request, context, call);
  };
}

function makeChecker({ AUTH_ISSUER, AUTH_AUDIENCE, AUTH_JWKS_URI, AUTH_SCOPE }: Config): TokenChecker {
  return new TokenChecker({
    issuer: AUTH_ISSUER!,
    audience: AUTH_AUDIENCE ?? [],
    jwksUri: AUTH_JWKS_URI,
    scope: AUTH_SCOPE,
  });
}
