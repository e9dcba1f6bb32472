/**
 * @module functions/contract/feedback
 * What POST and GET /api/feedback and DELETE /api/feedback/{id} take and answer.
 */
import { z } from 'zod';
import {
  feedbackDaySchema,
  feedbackIdSchema,
  feedbackRecordSchema,
  OTHER_LABELS,
} from '../../core/feedback/record.ts';
import { requestIdSchema, versionSchema } from './common.ts';

const { label, state, at } = feedbackRecordSchema.shape;

export const feedbackRequestSchema = z
  .strictObject(
    {
      requestId: requestIdSchema.describe('`requestId` of the answer that this is about.'),
      label: label.meta({
        description: 'The truth: `breed` of one of GET /api/breeds, "other" or "not a pet".',
        examples: [...OTHER_LABELS],
      }),
      version: versionSchema.optional().describe('`model.version` of the answer.'),
    },
    {
      error: (issue) =>
        issue.code === 'unrecognized_keys' && issue.keys.includes('consent')
          ? '`consent` goes with a picture: send both as a form (curl -F consent=true -F photo=@photo.jpg …), or leave it out'
          : undefined,
    },
  )
  .describe('What an answer should have been.');
export type FeedbackRequest = z.infer<typeof feedbackRequestSchema>;

/** The same as a form, which may have the picture. */
export const feedbackFormSchema = feedbackRequestSchema.extend({
  consent: z
    .enum(['true', 'false'], { error: 'it must be true or false' })
    .optional()
    .describe(
      '`true` where whoever owns the picture agrees that it is kept, to train with. Without a picture in the form that is a 400: nothing would be kept, and nobody would notice.',
    ),
});

export const feedbackAnswerSchema = z
  .strictObject({
    id: feedbackIdSchema,
    pictureKept: z.boolean().describe('Whether the form had a picture and consent to keep it.'),
  })
  .describe('Taken. Whoever has the id can delete it again.');
export type FeedbackAnswer = z.infer<typeof feedbackAnswerSchema>;

export const feedbackListQuerySchema = z.object({
  day: feedbackDaySchema.optional().describe('In UTC; today without it.'),
  after: feedbackIdSchema.optional().describe('`next` of the page before.'),
});

export const feedbackListAnswerSchema = z
  .strictObject({
    feedback: z
      .array(
        z.strictObject({
          id: feedbackIdSchema,
          at,
          label,
          requestId: requestIdSchema,
          version: versionSchema.nullable(),
          hasPicture: z.boolean(),
          state,
        }),
      )
      .describe('Oldest first.'),
    next: feedbackIdSchema.nullable().describe('For `after`, where the day has more.'),
  })
  .describe('Feedback of one day.');
export type FeedbackListAnswer = z.infer<typeof feedbackListAnswerSchema>;
