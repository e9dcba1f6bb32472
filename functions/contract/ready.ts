/**
 * @module functions/contract/ready
 * What GET /api/ready answers.
 */
import { z } from 'zod';
import { precisionSchema, versionSchema } from './common.ts';

const candidateSchema = z
  .strictObject({ version: versionSchema, state: z.enum(['loading', 'ready', 'failed']) })
  .nullable();

export const readyAnswerSchema = z
  .strictObject({
    status: z
      .enum(['ready', 'degraded'])
      .describe(
        'degraded: it answers, but a newer version, the canary or the shadow can not be loaded, or what the model came from is gone.',
      ),
    version: versionSchema.describe('What truly answers on this instance.'),
    precision: precisionSchema,
    canary: candidateSchema.describe('What answers a share of the requests, or null.'),
    shadow: candidateSchema.describe('What is only compared with production, or null.'),
  })
  .describe('A model is loaded and has answered.');
export type ReadyAnswer = z.infer<typeof readyAnswerSchema>;
