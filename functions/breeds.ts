/**
 * @module functions/breeds
 * GET /api/breeds: what the model in production can tell apart.
 */
import { app, type HttpResponseInit } from '@azure/functions';
import { displayName } from '../core/manifest.ts';
import type { BreedsAnswer } from './contract/breeds.ts';
import { EVERY_METHOD, handle } from './http/handle.ts';
import { services } from './services.ts';

export async function breeds(): Promise<HttpResponseInit> {
  return services().production.use(async ({ manifest: { version, labels } }) => ({
    jsonBody: {
      version,
      breeds: labels.map(({ name, species }) => ({ breed: name, name: displayName(name), species })),
    } satisfies BreedsAnswer,
  }));
}

app.http('breeds', {
  methods: EVERY_METHOD,
  authLevel: 'anonymous',
  route: 'breeds',
  handler: handle(['GET'], breeds),
});
