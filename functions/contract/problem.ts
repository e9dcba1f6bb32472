/**
 * @module functions/contract/problem
 * What every refusal and fault is answered with: a problem document (RFC 9457), application/problem+json.
 */
import { z } from 'zod';
import { requestIdSchema } from './common.ts';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

const described = {
  type: z
    .string()
    .regex(/^urn:pawprint:problem:[a-z-]+$/)
    .describe('A URN that names the kind of problem and never changes, as urn:pawprint:problem:too-large.'),
  title: z.string().describe('The kind of problem for people to read; the same for every problem of a type.'),
  status: z.int().min(400).max(599).describe('The status of the answer.'),
  detail: z.string().describe('What was wrong with this request, and what to do next.'),
};

export const problemSchema = z
  .strictObject({ ...described, requestId: requestIdSchema })
  .describe('Why there is no other answer (RFC 9457).');
export type Problem = z.infer<typeof problemSchema>;

/** What is wrong with one picture of several. */
export const pictureProblemSchema = z
  .strictObject(described)
  .describe('Why this one picture has no answer; the others of the request have theirs.');
export type PictureProblem = z.infer<typeof pictureProblemSchema>;
