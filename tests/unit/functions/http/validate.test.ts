/** What is said of a request that its schema refuses: words for people, with the name of what is wrong. */
import { z } from 'zod';
import { BadRequestError } from '../../../../core/errors.ts';
import { feedbackRequestSchema } from '../../../../functions/contract/feedback.ts';
import { moveRequestSchema } from '../../../../functions/contract/models.ts';
import { parseBy } from '../../../../functions/http/validate.ts';

/** The words; what is taken fails the test. */
function refusalOf(schema: z.ZodType, value: unknown): string {
  try {
    parseBy(schema, value);
  } catch (error) {
    if (error instanceof BadRequestError) return error.message;
    throw error;
  }
  throw new Error('It was taken.');
}

test.each<[string, z.ZodType, unknown, string]>([
  ['what is missing', moveRequestSchema, {}, '`reason`: it is missing.'],
  ['another type', moveRequestSchema, { reason: 5 }, '`reason`: it must be a text.'],
  ['null', moveRequestSchema, { reason: null }, '`reason`: it must be a text.'],
  ['a list for an object', moveRequestSchema, [], 'it must be an object.'],
  [
    'too long a text',
    moveRequestSchema,
    { reason: 'a'.repeat(1001) },
    '`reason`: it is longer than 1000 characters.',
  ],
  ['an empty text', z.object({ name: z.string().min(1) }), { name: '' }, '`name`: it is empty.'],
  [
    'what is unknown',
    moveRequestSchema,
    { reason: 'a', force: true, now: 1 },
    '`force`, `now`: not known here, leave it out.',
  ],
  [
    'a pattern without words of its own',
    z.object({ id: z.string().regex(/^[a-z]$/) }),
    { id: '9' },
    '`id`: it is not written as it must be; GET /api/openapi.json says how.',
  ],
  [
    'a schema with words of its own',
    moveRequestSchema,
    { reason: 'a\nb' },
    '`reason`: it must be one line, and not empty.',
  ],
  [
    'several at once',
    feedbackRequestSchema,
    { requestId: '../x' },
    '`requestId`: it must be the `requestId` of an answer: 1 to 64 letters, digits, - and _; `label`: it is missing.',
  ],
])('%s', (_kind, schema, value, words) => {
  expect(refusalOf(schema, value)).toBe(words);
});

test('consent in JSON is answered with how a picture is sent', () => {
  const said = { requestId: 'a', label: 'pug', consent: true };
  expect(refusalOf(feedbackRequestSchema, said)).toMatch(
    /`consent` goes with a picture: send both as a form/,
  );
});
