/**
 * @module functions/http/words
 * What is said of a member that is wrong, where its schema has no words of its own: zod's are for programmers.
 */
import type { z } from 'zod';

/** By zod's name of a type. */
const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

/** An error map for `safeParse`; undefined where zod's own words will do. */
export const inWords: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === 'invalid_type') {
    if (issue.input === undefined) return 'it is missing';
    const type = TYPES[issue.expected];
    return type && `it must be ${type}`;
  }
  if (issue.code === 'unrecognized_keys') {
    const names = issue.keys.map((key) => `\`${key.slice(0, 60)}\``).join(', ');
    return `${names}: not known here, leave it out`;
  }
  if (issue.code === 'too_big' && issue.origin === 'string')
    return `it is longer than ${issue.maximum} characters`;
  if (issue.code === 'too_small' && issue.origin === 'string')
    return issue.minimum === 1 ? 'it is empty' : `it is shorter than ${issue.minimum} characters`;
  if (issue.code === 'invalid_format')
    return 'it is not written as it must be; GET /api/openapi.json says how';
  return undefined;
};
