/**
 * @module functions/health
 * GET /api/health: the process is alive. Says nothing of a model: see ready.
 */
import { app, type HttpResponseInit } from '@azure/functions';
import type { HealthAnswer } from './contract/health.ts';
import { EVERY_METHOD, handle } from './http/handle.ts';

export async function health(): Promise<HttpResponseInit> {
  return { jsonBody: { status: 'alive' } satisfies HealthAnswer };
}

app.http('health', {
  methods: EVERY_METHOD,
  authLevel: 'anonymous',
  route: 'health',
  handler: handle(['GET'], health),
});
