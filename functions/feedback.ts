/**
 * @module functions/feedback
 * POST /api/feedback: what an answer should have been, with the picture where whoever owns it agrees.
 */
import { app, type HttpRequest, type HttpResponseInit } from '@azure/functions';
import { keepFeedback } from '../core/feedback/feedback.ts';
import { labelsOfVersion, requireLabel } from '../core/feedback/label.ts';
import { reencodePicture } from '../core/feedback/picture.ts';
import { requireToken } from './auth/require-token.ts';
import type { FeedbackAnswer } from './contract/feedback.ts';
import { readFeedback } from './http/feedback-body.ts';
import { EVERY_METHOD, handle } from './http/handle.ts';
import { RateLimit } from './http/rate-limit.ts';
import { services } from './services.ts';
import { classifyAuthLevel } from './settings.ts';

/** GET of the same route is for who runs the service, see feedback-list. */
const ELSEWHERE = ['GET', 'HEAD'] as const;

let limit: RateLimit | undefined;

export async function feedback(request: HttpRequest): Promise<HttpResponseInit> {
  const { storage, production, slots, config } = services();
  limit ??= new RateLimit({ perMinute: config.FEEDBACK_PER_MINUTE });
  limit.take();
  const { requestId, label, version, picture } = await readFeedback(request);
  const labels =
    version === undefined
      ? await production.use(async ({ manifest }) => manifest.labels)
      : (production.loadedAs(version)?.manifest.labels ?? (await labelsOfVersion(storage, version)));
  requireLabel(label, labels);
  const timeoutSeconds = config.CLASSIFY_DEADLINE_SECONDS;
  // Decoding is work like that of classify, and counts as such.
  const kept =
    picture &&
    (await slots.run(() => reencodePicture(picture, { timeoutSeconds }), {
      deadlineMs: timeoutSeconds * 1000,
    }));
  const { id } = await keepFeedback(storage, { requestId, label, version: version ?? null, picture: kept });
  return { status: 201, jsonBody: { id, pictureKept: kept !== null } satisfies FeedbackAnswer };
}

app.http('feedback', {
  methods: EVERY_METHOD.filter((method) => !ELSEWHERE.some((other) => other === method)),
  authLevel: classifyAuthLevel,
  route: 'feedback',
  handler: handle(['POST'], requireToken(feedback), { elsewhere: ELSEWHERE }),
});
