/**
 * @module functions/feedback-delete
 * DELETE /api/feedback/{id}: whoever gave feedback takes it back, the picture too.
 */
import { app, type HttpRequest, type HttpResponseInit } from '@azure/functions';
import { deleteFeedback } from '../core/feedback/feedback.ts';
import { parseFeedbackId } from '../core/feedback/record.ts';
import { requireToken } from './auth/require-token.ts';
import { EVERY_METHOD, handle } from './http/handle.ts';
import { services } from './services.ts';
import { classifyAuthLevel } from './settings.ts';

/** 204 too where it is gone already: a client that got no answer asks again. */
export async function feedbackDelete(request: HttpRequest): Promise<HttpResponseInit> {
  await deleteFeedback(services().storage, parseFeedbackId(request.params.id ?? ''));
  return { status: 204 };
}

app.http('feedbackDelete', {
  methods: EVERY_METHOD,
  authLevel: classifyAuthLevel,
  route: 'feedback/{id}',
  handler: handle(['DELETE'], requireToken(feedbackDelete)),
});
