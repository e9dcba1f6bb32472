/**
 * @module functions/contract/breeds
 * What GET /api/breeds answers.
 */
import { z } from 'zod';
import { breedSchema, versionSchema } from './common.ts';

export const breedsAnswerSchema = z
  .strictObject({
    version: versionSchema,
    breeds: z.array(breedSchema).min(2).describe("In the order of the model's output."),
  })
  .describe('What the model in production can tell apart.');
export type BreedsAnswer = z.infer<typeof breedsAnswerSchema>;
