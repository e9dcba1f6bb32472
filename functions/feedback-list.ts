/**
 * @module functions/feedback-list
 * GET /api/feedback: the feedback of a day, for who runs the service.
 */
import { app, type HttpRequest, type HttpResponseInit, type InvocationContext } from '@azure/functions';
import { dayOfDate } from '../core/day.ts';
import { BadRequestError } from '../core/errors.ts';
import { listFeedback } from '../core/feedback/feedback.ts';
import { dayOf } from '../core/feedback/record.ts';
import { type FeedbackListAnswer, feedbackListQuerySchema } from './contract/feedback.ts';
import { handle } from './http/handle.ts';
import { parseQuery } from './http/validate.ts';
import { services } from './services.ts';

export async function feedbackList(
  request: HttpRequest,
  context: InvocationContext,
): Promise<HttpResponseInit> {
  const { day: given, after } = parseQuery(request, feedbackListQuerySchema);
  const today = dayOfDate(new Date());
  const day = given ?? (after === undefined ? today : dayOf(after));
  if (after !== undefined && dayOf(after) !== day) {
    throw new BadRequestError(`\`after\` is of another day than ${day}. Take \`next\` of the page before.`);
  }
  const { feedback, next, damaged } = await listFeedback(services().storage, { day, after });
  for (const path of damaged) context.warn(`feedback/${path} can't be read, and is left out of the list`);
  const entries = feedback.map(({ schemaVersion: _, review: __, picture, ...record }) => ({
    ...record,
    hasPicture: picture !== null,
  }));
  return { jsonBody: { feedback: entries, next } satisfies FeedbackListAnswer };
}

// POST of the same route is for clients, and answers every other method: see feedback.
app.http('feedbackList', {
  methods: ['GET', 'HEAD'],
  authLevel: 'admin',
  route: 'feedback',
  handler: handle(['GET'], feedbackList),
});
