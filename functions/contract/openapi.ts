/**
 * @module functions/contract/openapi
 * What GET /api/openapi.json answers, as far as this document itself has to say it.
 */
import { z } from 'zod';

export const openApiAnswerSchema = z
  .looseObject({
    openapi: z.string().regex(/^3\.1\.\d+$/),
    info: z.looseObject({ title: z.string(), version: z.string() }),
    paths: z.record(z.string(), z.looseObject({})),
  })
  .describe('An OpenAPI 3.1 document.');
