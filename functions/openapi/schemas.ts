/**
 * @module functions/openapi/schemas
 * The zod schemas of requests and answers as JSON Schema (draft 2020-12, which is what OpenAPI 3.1 has).
 */
import { z } from 'zod';
import { manifestSchema } from '../../core/manifest.ts';
import { breedsAnswerSchema } from '../contract/breeds.ts';
import { classifyAnswerSchema, classifyBatchAnswerSchema } from '../contract/classify.ts';
import { feedbackAnswerSchema, feedbackListAnswerSchema } from '../contract/feedback.ts';
import { healthAnswerSchema } from '../contract/health.ts';
import {
  modelAnswerSchema,
  modelsAnswerSchema,
  promoteAnswerSchema,
  rollbackAnswerSchema,
} from '../contract/models.ts';
import { pictureProblemSchema, problemSchema } from '../contract/problem.ts';
import { readyAnswerSchema } from '../contract/ready.ts';

export type JsonSchema = { [keyword: string]: unknown };

/** Schemas that the document has once, under a name that generated clients call their types by. */
const NAMED: Record<string, z.ZodType> = {
  Problem: problemSchema,
  PictureProblem: pictureProblemSchema,
  Classification: classifyAnswerSchema,
  BatchClassification: classifyBatchAnswerSchema,
  Breeds: breedsAnswerSchema,
  FeedbackReceipt: feedbackAnswerSchema,
  FeedbackPage: feedbackListAnswerSchema,
  Models: modelsAnswerSchema,
  Model: modelAnswerSchema,
  Promotion: promoteAnswerSchema,
  Rollback: rollbackAnswerSchema,
  Health: healthAnswerSchema,
  Readiness: readyAnswerSchema,
  Manifest: manifestSchema,
};

const UNNAMED = '(this)';

/** What `components/schemas` of the document holds. */
export function componentSchemas(): Record<string, JsonSchema> {
  return convert(NAMED);
}

/** An answer's schema as it stands in the document: what has a name there is a reference. */
export function answerSchemaOf(schema: z.ZodType): JsonSchema {
  const name = Object.keys(NAMED).find((candidate) => NAMED[candidate] === schema);
  if (name !== undefined) return { $ref: referenceTo(name) };
  return convert({ ...NAMED, [UNNAMED]: schema })[UNNAMED]!;
}

/** The schema of a body or of parameters: before zod has transformed it, or after. */
export function requestSchemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  return withoutIdentity(z.toJSONSchema(schema, { io, override: withoutRedundancy }) as JsonSchema);
}

/** Within each schema, the others stand as references. */
function convert(named: Record<string, z.ZodType>): Record<string, JsonSchema> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { uri: referenceTo, override: withoutRedundancy });
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => [name, withoutIdentity(schema as JsonSchema)]),
  );
}

function referenceTo(name: string): string {
  return `#/components/schemas/${name}`;
}

/** The document says once for all its schemas which draft they are of; an `$id` would change what a reference means. */
function withoutIdentity({ $schema: _draft, $id: _id, ...schema }: JsonSchema): JsonSchema {
  return schema;
}

/** zod gives whole numbers the bounds of what JavaScript counts exactly, which say nothing to a reader. */
function withoutRedundancy({ jsonSchema }: { jsonSchema: JsonSchema }): void {
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  // Unicode classes: not every tool that reads the document has them, and zod's own reader doesn't.
  if (typeof jsonSchema.pattern === 'string' && jsonSchema.pattern.includes('\\p{'))
    delete jsonSchema.pattern;
}
