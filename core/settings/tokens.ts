/**
 * @module core/settings/tokens
 * Tokens in place of keys.
 */
import { z } from 'zod';
import { httpsUri } from './fields.ts';
import type { registrationSchema } from './registration.ts';

const listOf = (text: string) => text.split(',').map((name) => name.trim());

/** Tokens in place of keys, for classify and feedback: docs/keys.md. */
export const tokenSchema = z.object({
  /** Who issues them, exactly as in their `iss`. */
  AUTH_ISSUER: httpsUri.optional(),
  /** Who they are for: their `aud` is one of these, with commas between. */
  AUTH_AUDIENCE: z
    .string()
    .transform(listOf)
    .pipe(z.array(z.string().min(1, 'write one audience, or several with commas between')))
    .optional(),
  /** Where the issuer's keys are; without it its discovery document says. */
  AUTH_JWKS_URI: httpsUri.optional(),
  /** A scope or role that they must have. */
  AUTH_SCOPE: z
    .string()
    .regex(/^[!#-[\]-~]+$/, 'write the name of one scope or role')
    .optional(),
});

/** Names of all of them: any one that is set asks for tokens. */
export const TOKEN_SETTINGS = tokenSchema.keyof().options;

/** Half of the settings must never look like tokens that are asked for. */
export function checkTokens(
  settings: z.infer<typeof tokenSchema> & z.infer<typeof registrationSchema>,
  context: z.RefinementCtx,
): void {
  const { AUTH_ISSUER, AUTH_AUDIENCE, CLASSIFY_AUTH_LEVEL } = settings;
  const complain = (name: string, message: string) =>
    context.addIssue({ code: 'custom', path: [name], message });
  if (TOKEN_SETTINGS.every((name) => settings[name] === undefined)) return;
  if (AUTH_ISSUER === undefined) complain('AUTH_ISSUER', 'set it too: who issues the tokens, by https');
  if (AUTH_AUDIENCE === undefined) complain('AUTH_AUDIENCE', 'set it too: who the tokens are for');
  if (CLASSIFY_AUTH_LEVEL !== 'anonymous') {
    complain(
      'CLASSIFY_AUTH_LEVEL',
      'set anonymous: tokens take the place of keys, and the host would ask for a key before',
    );
  }
}
