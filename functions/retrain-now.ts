/**
 * @module functions/retrain-now
 * POST /api/retrain: a person has a new model trained. GET: what is trained, and what was.
 */
import { app, type HttpRequest, type HttpResponseInit, type InvocationContext } from '@azure/functions';
import { UnavailableError } from '../core/errors.ts';
import { findLock, listRuns } from '../core/retrain/lock.ts';
import { requestRetraining } from '../core/retrain/retrain.ts';
import { hasEnded } from '../core/retrain/schema.ts';
import type { RetrainAnswer, RetrainStatusAnswer } from './contract/retrain.ts';
import { readDecision } from './http/decision.ts';
import { EVERY_METHOD, handle } from './http/handle.ts';
import { newRetraining } from './retraining.ts';
import { services } from './services.ts';

const RUNS_SHOWN = 20;

export async function retrainNow(
  request: HttpRequest,
  context: InvocationContext,
): Promise<HttpResponseInit> {
  if (request.method === 'GET' || request.method === 'HEAD') return status();
  const decision = await readDecision(request);
  const run = await requestRetraining(newRetraining({ log: (line) => context.log(line) }), decision);
  if (run.state === 'failed') {
    throw new UnavailableError(`Run ${run.id} failed: ${run.message}`, { retryAfterSeconds: 60 });
  }
  return { status: 202, headers: { location: '/api/retrain' }, jsonBody: { run } satisfies RetrainAnswer };
}

async function status(): Promise<HttpResponseInit> {
  const { storage } = services();
  const { lock } = await findLock(storage);
  const { run, lastDecision, lastSuccess } = lock;
  const current = run !== null && !hasEnded(run) ? run : null;
  // The lock knows best of its own run: a record may lag behind it.
  const recorded = await listRuns(storage, { count: RUNS_SHOWN });
  const runs = run === null ? recorded : [run, ...recorded.filter(({ id }) => id !== run.id)];
  const answer: RetrainStatusAnswer = { current, lastDecision, lastSuccess, runs: runs.slice(0, RUNS_SHOWN) };
  return { jsonBody: answer };
}

app.http('retrainNow', {
  methods: EVERY_METHOD,
  authLevel: 'admin',
  route: 'retrain',
  handler: handle(['GET', 'POST'], retrainNow),
});
