/**
 * @module functions/models
 * GET /api/models: the versions that the registry knows, and what this instance does with them.
 */
import { app, type HttpResponseInit } from '@azure/functions';
import { listVersions } from '../core/registry/list-versions.ts';
import type { ModelsAnswer } from './contract/models.ts';
import { EVERY_METHOD, handle } from './http/handle.ts';
import { services } from './services.ts';

export async function models(): Promise<HttpResponseInit> {
  const { storage, production, models: loaded } = services();
  const list = await listVersions(storage);
  // Why nothing answers is said by `error`.
  const version = await production.use(async ({ manifest }) => manifest.version).catch(() => null);
  const instance = { version, error: production.degraded, ...loaded.candidates };
  return { jsonBody: { ...list, instance } satisfies ModelsAnswer };
}

app.http('models', {
  methods: EVERY_METHOD,
  authLevel: 'admin',
  route: 'models',
  handler: handle(['GET'], models),
});
