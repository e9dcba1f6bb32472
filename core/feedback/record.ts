/**
 * @module core/feedback/record
 * What is kept of one piece of feedback, and what it is called: `feedback/{yyyy-mm-dd}/{id}.json`.
 */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { BadRequestError } from '../errors.ts';
import { versionSchema } from '../version.ts';

/** Labels beside the breeds of a model: another animal or breed, and no animal at all. */
export const OTHER_LABELS = ['other', 'not a pet'] as const;

const ID_PATTERN = /^\d{4}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])-\d{9}[0-9a-f]{23}$/;

export const feedbackIdSchema = z
  .string()
  .regex(ID_PATTERN, 'it must be the id that POST /api/feedback gave')
  .describe('yyyymmdd, the time of day to the millisecond and 92 random bits.');

export const feedbackDaySchema = z.iso.date({ error: 'it must be a day: yyyy-mm-dd' });

export const feedbackRecordSchema = z.strictObject({
  schemaVersion: z.literal(1),
  id: feedbackIdSchema,
  at: z.iso.datetime(),
  label: z.string().min(1).max(100),
  requestId: z.string().regex(/^[\w-]{1,64}$/),
  version: versionSchema.nullable().describe('of the model that answered, where the client said so'),
  picture: z
    .strictObject({ bytes: z.int().min(1), width: z.int().min(1), height: z.int().min(1) })
    .nullable()
    .describe('of the JPEG beside this record; null where none was kept'),
  state: z.enum(['new', 'accepted', 'rejected']).describe('what a review made of it'),
  review: z
    .strictObject({
      at: z.iso.datetime(),
      by: z.string(),
      breed: z.string().nullable().describe('what training takes it for; null where it was rejected'),
      reason: z.string().nullable(),
    })
    .optional()
    .describe('the last one'),
});
export type FeedbackRecord = z.infer<typeof feedbackRecordSchema>;

/**
 * An id for feedback that came at `at`. Ids of a day sort by time, so that what comes while somebody pages through
 * is on a later page. Whoever has one can delete what it names: it can't be guessed.
 */
export function makeFeedbackId(at: Date): string {
  const [day, time] = at.toISOString().split('T') as [string, string];
  return `${day.replaceAll('-', '')}-${time.replace(/\D/g, '')}${randomBytes(12).toString('hex').slice(1)}`;
}

/** Returns `text` if it is an id. Throws {@link BadRequestError} otherwise, before it gets into a path. */
export function parseFeedbackId(text: string): string {
  if (ID_PATTERN.test(text)) return text;
  throw new BadRequestError(
    `${JSON.stringify(text.slice(0, 60))} is not an id of feedback. Give the id that POST /api/feedback answered.`,
  );
}

/** The day of an id: `yyyy-mm-dd`. */
export function dayOf(id: string): string {
  return `${id.slice(0, 4)}-${id.slice(4, 6)}-${id.slice(6, 8)}`;
}

export function feedbackPath(id: string): string {
  return `${dayOf(id)}/${id}.json`;
}

export function feedbackPicturePath(id: string): string {
  return `${dayOf(id)}/${id}.jpg`;
}
