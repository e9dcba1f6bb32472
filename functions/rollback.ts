/**
 * @module functions/rollback
 * POST /api/models/rollback: a person lets the version serve again that served before.
 */
import { app, type HttpRequest, type HttpResponseInit } from '@azure/functions';
import { rollback as rollbackVersion } from '../core/registry/rollback.ts';
import type { RollbackAnswer } from './contract/models.ts';
import { readDecision } from './http/decision.ts';
import { EVERY_METHOD, handle } from './http/handle.ts';
import { services } from './services.ts';

export async function rollback(request: HttpRequest): Promise<HttpResponseInit> {
  const decision = await readDecision(request);
  const { pointer, skipped } = await rollbackVersion(services().storage, decision);
  const answer: RollbackAnswer = { production: pointer.version, previous: pointer.previous, skipped };
  return { jsonBody: answer };
}

app.http('rollback', {
  methods: EVERY_METHOD,
  authLevel: 'admin',
  route: 'models/rollback',
  handler: handle(['POST'], rollback),
});
