/**
 * @module functions/model
 * GET /api/models/{version}: what is known of one version.
 */
import { app, type HttpRequest, type HttpResponseInit } from '@azure/functions';
import { showVersion } from '../core/registry/list-versions.ts';
import { type ModelAnswer, modelAnswerSchema } from './contract/models.ts';
import { EVERY_METHOD, handle } from './http/handle.ts';
import { services } from './services.ts';

export async function model(request: HttpRequest): Promise<HttpResponseInit> {
  const { record, manifest, roles, moves } = await showVersion(
    services().storage,
    request.params.version ?? '',
  );
  const state = record.removed === undefined ? record.state : 'removed';
  const answer: ModelAnswer = {
    manifest,
    state,
    gates: record.gates,
    roles: modelAnswerSchema.shape.roles.parse(roles),
    moves,
  };
  return { jsonBody: answer };
}

app.http('model', {
  methods: EVERY_METHOD,
  authLevel: 'admin',
  route: 'models/{version}',
  handler: handle(['GET'], model),
});
