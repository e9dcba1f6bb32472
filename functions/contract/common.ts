/**
 * @module functions/contract/common
 * What several requests and answers are made of.
 */
import { z } from 'zod';
import { PRECISIONS } from '../../core/manifest.ts';
import { versionSchema } from '../../core/version.ts';

export const speciesSchema = z.enum(['cat', 'dog', 'other']);

export const precisionSchema = z
  .enum(PRECISIONS)
  .describe('Arithmetic of the network: float32, or the faster int8 where it answers as well.');

export const requestIdSchema = z
  .string()
  .regex(/^[\w-]{1,64}$/, 'it must be the `requestId` of an answer: 1 to 64 letters, digits, - and _')
  .describe("Names this request in the log. The client's own `x-request-id` where it is harmless.");

export const breedSchema = z.strictObject({
  breed: z.string().describe('The label that the model was trained with.'),
  name: z.string().describe('The same for people to read.'),
  species: speciesSchema,
});

export const shareSchema = z.number().min(0).max(1);

export { versionSchema };
