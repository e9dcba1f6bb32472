/**
 * @module functions/contract/models
 * What the management of models takes and answers: GET /api/models, GET /api/models/{version}, POST …/promote and
 * POST /api/models/rollback.
 */
import { z } from 'zod';
import { manifestSchema } from '../../core/manifest.ts';
import { gateSchema, moveSchema, recordSchema } from '../../core/registry/schema.ts';
import { precisionSchema, shareSchema, versionSchema } from './common.ts';

const stateSchema = z
  .enum([...recordSchema.shape.state.options, 'removed', 'damaged'])
  .describe(
    'blessed: it may serve; rejected: a gate refused it; failed: it never got that far; removed; damaged: its record can not be read.',
  );

const listedModelSchema = z.strictObject({
  version: versionSchema,
  state: stateSchema,
  createdAt: z.iso.datetime().nullable().describe('Null where its manifest is gone or damaged.'),
  precision: precisionSchema.nullable().describe('What it serves at; null where it may not.'),
  top1: shareSchema
    .nullable()
    .describe('Share of its own held-back photographs of which the best answer is right.'),
  top3: shareSchema.nullable().describe('Share of which the truth is among the three best.'),
});

const candidateSchema = z
  .strictObject({
    version: versionSchema,
    state: z.enum(['loading', 'ready', 'failed']),
    error: z.string().nullable(),
  })
  .nullable();

export const modelsAnswerSchema = z
  .strictObject({
    production: versionSchema.nullable().describe('Null in an empty registry.'),
    previous: versionSchema.nullable().describe('What a rollback returns to.'),
    canary: z.strictObject({ version: versionSchema, share: shareSchema }).nullable(),
    shadow: versionSchema.nullable(),
    models: z.array(listedModelSchema).describe('Newest first.'),
    instance: z
      .strictObject({
        version: versionSchema.nullable().describe('What truly answers; null while nothing does.'),
        error: z.string().nullable().describe('Why what the pointer names can not be loaded.'),
        canary: candidateSchema,
        shadow: candidateSchema,
      })
      .describe('The instance that answered this request.'),
  })
  .describe('The versions that the registry knows, and which of them serves.');
export type ModelsAnswer = z.infer<typeof modelsAnswerSchema>;

export const modelAnswerSchema = z
  .strictObject({
    manifest: manifestSchema.nullable().describe('Null where it is gone or damaged.'),
    state: stateSchema,
    gates: z.array(gateSchema).describe('What was checked before it could serve.'),
    roles: z.array(z.enum(['production', 'previous', 'canary', 'shadow'])),
    moves: z.array(moveSchema).describe('Lines of the history that are about it, oldest first.'),
  })
  .describe('All that is known of one version.');
export type ModelAnswer = z.infer<typeof modelAnswerSchema>;

export const moveRequestSchema = z
  .strictObject({
    reason: z
      .string()
      .trim()
      .max(1000)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is kept out.
      .regex(/^ *[^ \u0000-\u001f\u007f][^\u0000-\u001f\u007f]*$/, 'it must be one line, and not empty')
      .describe('Why, for those who read the history.'),
  })
  .describe('A decision about what serves.');

export const moveHeadersSchema = z.object({
  'x-pawprint-by': z.string().max(200).optional().describe('Who decides, for the history; "api" without it.'),
});

const movedShape = {
  production: versionSchema.describe('What serves from now on, on every instance within seconds.'),
  previous: versionSchema.nullable().describe('What a rollback would return to.'),
};

export const promoteAnswerSchema = z
  .strictObject({ ...movedShape, moved: z.boolean().describe('False where it was in production already.') })
  .describe('Production after a promotion.');
export type PromoteAnswer = z.infer<typeof promoteAnswerSchema>;

export const rollbackAnswerSchema = z
  .strictObject({
    ...movedShape,
    skipped: z
      .array(z.strictObject({ version: versionSchema, why: z.string() }))
      .describe('Versions that served later than the one returned to, and why none of them is it.'),
  })
  .describe('Production after a rollback.');
export type RollbackAnswer = z.infer<typeof rollbackAnswerSchema>;
