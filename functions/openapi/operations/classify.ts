/**
 * @module functions/openapi/operations/classify
 * POST /api/classify.
 */
import { z } from 'zod';
import {
  classifyAnswerSchema,
  classifyBatchAnswerSchema,
  classifyHeadersSchema,
  classifyQuerySchema,
  imageJsonSchema,
  imagesJsonSchema,
  urlJsonSchema,
} from '../../contract/classify.ts';
import { EXAMPLE_PICTURE } from '../example-picture.ts';
import { formSchema } from '../form.ts';
import { json, type Level, type Operation } from '../operation.ts';
import { BUSY_PROBLEMS, NO_MODEL, PICTURE_PROBLEMS } from '../problems.ts';

const PICTURE_TYPES = [
  'image/jpeg',
  'image/png',
  'image/webp',
  'image/avif',
  'image/gif',
  'application/octet-stream',
];

const bodySchema = z.union([imageJsonSchema, imagesJsonSchema, urlJsonSchema]);
const answerSchema = z.union([classifyAnswerSchema, classifyBatchAnswerSchema]);

export function classifyOperation({ level }: { level: Level }): Operation {
  return {
    method: 'post',
    path: '/api/classify',
    operationId: 'classify',
    tag: 'photographs',
    summary: 'Tell the breed on one photograph or several',
    description:
      'The photograph is the body itself, a file of a form, or base64 in JSON. Its bytes decide what it is, not its type header. Of an animated picture the first frame counts.\n\nSeveral photographs, as files of a form or as `images` in JSON, are answered as a batch: in their order, each with its own answer or problem.',
    level,
    parameters: { query: classifyQuerySchema, header: classifyHeadersSchema },
    body: {
      description: 'The photograph, or several.',
      required: true,
      content: {
        ...Object.fromEntries(PICTURE_TYPES.map((type) => [type, { schema: 'binary' as const }])),
        'multipart/form-data': { schema: formSchema },
        'application/json': {
          schema: bodySchema,
          examples: {
            one: { image: EXAMPLE_PICTURE },
            several: { images: [EXAMPLE_PICTURE, EXAMPLE_PICTURE] },
          },
        },
      },
    },
    answers: {
      200: {
        ...json('The likeliest breeds.', answerSchema),
        links: {
          again: { operationId: 'classify', parameters: { version: '$response.body#/model/version' } },
        },
      },
    },
    problems: {
      400: 'No photograph or too many, a malformed form or JSON, a parameter that is wrong, or an address that is not fetched from.',
      404: 'The version that was asked for is not there.',
      ...PICTURE_PROBLEMS,
      ...BUSY_PROBLEMS,
      ...NO_MODEL,
    },
  };
}
