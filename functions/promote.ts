/**
 * @module functions/promote
 * POST /api/models/{version}/promote: a person lets a version serve.
 */
import { app, type HttpRequest, type HttpResponseInit } from '@azure/functions';
import { promote as promoteVersion } from '../core/registry/promote.ts';
import { parseVersion } from '../core/version.ts';
import type { PromoteAnswer } from './contract/models.ts';
import { readDecision } from './http/decision.ts';
import { EVERY_METHOD, handle } from './http/handle.ts';
import { services } from './services.ts';

export async function promote(request: HttpRequest): Promise<HttpResponseInit> {
  const version = parseVersion(request.params.version ?? '');
  const decision = await readDecision(request);
  const { pointer, moved } = await promoteVersion(services().storage, version, decision);
  const answer: PromoteAnswer = { production: pointer.version, previous: pointer.previous, moved };
  return { jsonBody: answer };
}

app.http('promote', {
  methods: EVERY_METHOD,
  authLevel: 'admin',
  route: 'models/{version}/promote',
  handler: handle(['POST'], promote),
});
