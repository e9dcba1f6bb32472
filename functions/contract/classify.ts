/**
 * @module functions/contract/classify
 * What POST /api/classify takes and answers.
 */
import { z } from 'zod';
import { ALIASES } from '../../core/inference/models.ts';
import { breedSchema, precisionSchema, requestIdSchema, shareSchema, versionSchema } from './common.ts';
import { pictureProblemSchema } from './problem.ts';

/** Pictures that one request may have. */
export const MOST_PICTURES = 16;

const TOP_HINT = 'it must be a whole number from 1 to the number of breeds';

/** More breeds than any model has: what `top` is checked by before a model is there. */
export const MOST_BREEDS = 2000;

export const classifyQuerySchema = z.object({
  top: z
    .string()
    .regex(/^\d{1,4}$/, TOP_HINT)
    .transform(Number)
    .pipe(z.int().min(1, TOP_HINT).max(MOST_BREEDS, TOP_HINT))
    .optional()
    .describe(
      'How many breeds come back, the likeliest first; 3 without it. At most as many as the model has.',
    ),
  version: z
    .union([z.enum(ALIASES), versionSchema], {
      error: `it must be ${ALIASES.join(', ')} or a version, which looks like 20261125T081500Z-1c9f00aa; GET /api/breeds names the one that answers now`,
    })
    .optional()
    .describe('The model that is to answer: a version, or what a version is at present.'),
  species: z
    .enum(['cat', 'dog'], { error: 'it must be cat or dog' })
    .optional()
    .describe('Only breeds of this species are weighed against each other; `filter` in the answer tells.'),
});

export const classifyHeadersSchema = z.object({
  'x-client-id': z
    .string()
    .optional()
    .describe(
      'Letters, digits, `-` and `_`, up to 64 of them. All requests of a client go to the same model while a new one is tried on a share of the traffic.',
    ),
});

const base64Schema = z.string({
  error: ({ input }) => (input === undefined ? 'it is missing' : 'it is not a string of base64'),
});
const BASE64_HINT = 'A picture as base64 (RFC 4648), plain or URL-safe, also as a `data:` URL.';
const BASE64_META = { contentEncoding: 'base64' };

/** One photograph as JSON. */
export const imageJsonSchema = z
  .object({ image: base64Schema.regex(/\S/, 'it is empty').describe(BASE64_HINT).meta(BASE64_META) })
  .describe('One photograph.');

/** Several photographs as JSON. */
export const imagesJsonSchema = z
  .object({
    images: z
      // Any string: one that is empty or no base64 is that picture's fault alone, and no reason to refuse the others.
      .array(base64Schema.describe(BASE64_HINT).meta(BASE64_META))
      .min(1, 'there is no photograph in it')
      .max(MOST_PICTURES, `it has more than ${MOST_PICTURES}, which is the most for a request`)
      .describe(
        'Pictures as base64, answered in this order. Two and more are answered as a batch: a string that is empty or no base64 has its own problem among the results. What is no string is a 400 for the whole request.',
      ),
  })
  .describe('Several photographs.');

/** A photograph that the service fetches, as JSON. */
export const urlJsonSchema = z
  .object({
    url: z
      .url({ protocol: /^https$/, error: 'it must look like https://example.org/cat.jpg' })
      .max(2000)
      .describe('Where the picture is. Only hosts that the operator of the service allows are asked.'),
  })
  .describe('A photograph on another host.');

const predictionSchema = breedSchema.extend({
  score: shareSchema.describe('Calibrated probability; over all breeds they sum to 1.'),
});

export const imageInfoSchema = z
  .strictObject({
    width: z.int().min(1),
    height: z.int().min(1),
    format: z.enum(['jpeg', 'png', 'webp', 'avif', 'gif']).describe('By the bytes, whatever the type said.'),
  })
  .describe('The picture that was sent, upright.');

export const confidenceShape = {
  confident: z.boolean().describe('False when the answer should not be shown as one.'),
  reason: z
    .enum(['unknown', 'ambiguous'])
    .nullable()
    .describe(
      'Why it is not confident: `unknown`, the picture probably shows none of the breeds; `ambiguous`, no breed stands out.',
    ),
};

export const predictionsSchema = z.array(predictionSchema).min(1).describe('The likeliest breed first.');

export const timingSchema = z
  .strictObject({
    decodeMs: z.number().min(0),
    inferenceMs: z.number().min(0),
    totalMs: z.number().min(0),
  })
  .describe('Milliseconds, of decoding, of the network, and from the arrival of the request.');

export const answeringModelSchema = z
  .strictObject({ version: versionSchema, precision: precisionSchema })
  .describe('What answered.');

export const filterSchema = z
  .strictObject({
    species: z.enum(['cat', 'dog']),
    share: shareSchema.describe(
      'The probability that all breeds of the species had together. The scores are divided by it, so they sum to 1 again.',
    ),
  })
  .describe('There where `species` was asked for.');

/** What is said of each photograph. */
const pictureAnswerShape = {
  predictions: predictionsSchema,
  ...confidenceShape,
  filter: filterSchema.optional(),
  image: imageInfoSchema,
  timing: timingSchema,
};
const pictureAnswerSchema = z.strictObject(pictureAnswerShape);
export type PictureAnswer = z.infer<typeof pictureAnswerSchema>;

export const classifyAnswerSchema = z
  .strictObject({ requestId: requestIdSchema, model: answeringModelSchema, ...pictureAnswerShape })
  .describe('The likeliest breeds on one photograph.');
export type ClassifyAnswer = z.infer<typeof classifyAnswerSchema>;

const filenameSchema = z
  .string()
  .nullable()
  .describe('As the part of the form named it, without a path; null where nothing did.');

export const classifyBatchAnswerSchema = z
  .strictObject({
    requestId: requestIdSchema,
    model: answeringModelSchema,
    results: z
      .array(
        z.union([
          z.strictObject({ filename: filenameSchema, ...pictureAnswerShape }),
          z.strictObject({ filename: filenameSchema, problem: pictureProblemSchema }),
        ]),
      )
      .min(2)
      .max(MOST_PICTURES)
      .describe('One for each photograph, in the order in which they were sent.'),
    timing: z.strictObject({ totalMs: z.number().min(0) }),
  })
  .describe('The likeliest breeds on each of several photographs.');
export type ClassifyBatchAnswer = z.infer<typeof classifyBatchAnswerSchema>;
