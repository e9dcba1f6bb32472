/**
 * @module functions/contract/retrain
 * What GET and POST /api/retrain take and answer.
 */
import { z } from 'zod';
import { retrainDecisionSchema, retrainLockSchema, runSchema } from '../../core/retrain/schema.ts';

export {
  moveHeadersSchema as retrainHeadersSchema,
  moveRequestSchema as retrainRequestSchema,
} from './models.ts';

export const retrainAnswerSchema = z
  .strictObject({ run: runSchema })
  .describe('The training that has begun. It goes on without this request.');
export type RetrainAnswer = z.infer<typeof retrainAnswerSchema>;

export const retrainStatusAnswerSchema = z
  .strictObject({
    current: runSchema.nullable().describe('The training that goes on; null where none does.'),
    lastDecision: retrainDecisionSchema.nullable().describe('What the schedule decided last, and why.'),
    lastSuccess: retrainLockSchema.shape.lastSuccess.describe('From when on new feedback counts.'),
    runs: z.array(runSchema).describe('The last trainings, newest first.'),
  })
  .describe('What is trained, and what was.');
export type RetrainStatusAnswer = z.infer<typeof retrainStatusAnswerSchema>;
