/**
 * @module functions/ready
 * GET /api/ready: a model is in memory and has answered.
 */
import { app, type HttpResponseInit } from '@azure/functions';
import type { CandidateStatus } from '../core/inference/candidate-model.ts';
import type { ReadyAnswer } from './contract/ready.ts';
import { EVERY_METHOD, handle } from './http/handle.ts';
import { services } from './services.ts';

/**
 * 200 with the version that truly answers; `degraded` when a newer one, the canary or the shadow can't be loaded or what it came from is gone (why
 * is in the log, this route asks for no key); 503 when nothing answers.
 */
export async function ready(): Promise<HttpResponseInit> {
  const { production, models } = services();
  return production.use(async ({ manifest: { version }, precision }) => {
    const { canary, shadow } = models.candidates;
    const isDegraded =
      production.degraded !== null || [canary, shadow].some((candidate) => candidate?.state === 'failed');
    return {
      jsonBody: {
        status: isDegraded ? 'degraded' : 'ready',
        version,
        precision,
        canary: publicPart(canary),
        shadow: publicPart(shadow),
      } satisfies ReadyAnswer,
    };
  });
}

function publicPart(candidate: CandidateStatus | null) {
  return candidate && { version: candidate.version, state: candidate.state };
}

app.http('ready', {
  methods: EVERY_METHOD,
  authLevel: 'anonymous',
  route: 'ready',
  handler: handle(['GET'], ready),
});
