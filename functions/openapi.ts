/**
 * @module functions/openapi
 * GET /api/openapi.json: what this service takes and answers, for programs.
 */
import { app, type HttpResponseInit } from '@azure/functions';
import { EVERY_METHOD, handle } from './http/handle.ts';
import { servedDocument } from './openapi/served-document.ts';

export async function openapi(): Promise<HttpResponseInit> {
  return { jsonBody: servedDocument() };
}

app.http('openapi', {
  methods: EVERY_METHOD,
  authLevel: 'anonymous',
  route: 'openapi.json',
  handler: handle(['GET'], openapi),
});
