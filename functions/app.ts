/**
 * @module functions/app
 * GET /api/app: a page for people, to try the service with a photograph.
 */
import { randomBytes } from 'node:crypto';
import { app, type HttpResponseInit } from '@azure/functions';
import { EVERY_METHOD, handle } from './http/handle.ts';
import { page } from './page/page.ts';

export async function appPage(): Promise<HttpResponseInit> {
  // The page's own script and style carry this number; nothing else may run.
  const nonce = randomBytes(16).toString('base64');
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    'img-src blob: data:',
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    // No text becomes markup: the script makes elements.
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ];
  return {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy.join('; '),
      'cross-origin-opener-policy': 'same-origin',
      'permissions-policy': 'camera=(), geolocation=(), microphone=()',
      'referrer-policy': 'no-referrer',
    },
    body: page(nonce),
  };
}

app.http('app', {
  methods: EVERY_METHOD,
  authLevel: 'anonymous',
  route: 'app',
  handler: handle(['GET'], appPage),
});
