/**
 * @module functions/contract/health
 * What GET /api/health answers.
 */
import { z } from 'zod';

export const healthAnswerSchema = z
  .strictObject({ status: z.literal('alive') })
  .describe('The process is alive.');
export type HealthAnswer = z.infer<typeof healthAnswerSchema>;
