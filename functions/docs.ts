/**
 * @module functions/docs
 * GET /api/docs: what this service takes and answers, for people.
 */
import { randomBytes } from 'node:crypto';
import { app, type HttpRequest, type HttpResponseInit } from '@azure/functions';
import { docsPage } from './docs-page/page.ts';
import { EVERY_METHOD, handle } from './http/handle.ts';
import { servedDocument } from './openapi/served-document.ts';

export async function docs(request: HttpRequest): Promise<HttpResponseInit> {
  // The page's own style carries this number; it has no script, and nothing may run.
  const nonce = randomBytes(16).toString('base64');
  const policy = [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy.join('; '),
      'referrer-policy': 'no-referrer',
    },
    body: docsPage(servedDocument(), { nonce, origin: new URL(request.url).origin }),
  };
}

app.http('docs', {
  methods: EVERY_METHOD,
  authLevel: 'anonymous',
  route: 'docs',
  handler: handle(['GET'], docs),
});
