/**
 * @module functions/ready
 * GET /api/ready: a model is in memory and has answered.
 */
import { app, type HttpResponseInit } from '@azure/functions';
import { EVERY_METHOD, handle } from './http/handle.ts';
import { services } from './services.ts';

/** 200 with the version that truly answers, `degraded` when a newer one can't be loaded; 503 when there is none. */
export async function ready(): Promise<HttpResponseInit> {
  const { production } = services();
  return production.use(async ({ manifest: { version }, precision }) => ({
    jsonBody: { status: production.degraded === null ? 'ready' : 'degraded', version, precision },
  }));
}

app.http('ready', {
  methods: EVERY_METHOD,
  authLevel: 'anonymous',
  route: 'ready',
  handler: handle(['GET'], ready),
});
