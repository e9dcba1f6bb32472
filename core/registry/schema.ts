/**
 * @module core/registry/schema
 * The two documents of the registry: the record of a version, and the pointer to the one in production.
 */
import { z } from 'zod';
import { UnavailableError } from '../errors.ts';
import { PRECISIONS } from '../manifest.ts';
import { versionSchema } from '../version.ts';

export const gateSchema = z.strictObject({
  name: z.string(),
  value: z.union([z.number(), z.string()]).nullable(),
  threshold: z.union([z.number(), z.string()]).nullable(),
  passed: z.boolean(),
  reason: z.string(),
  severity: z
    .enum(['reject', 'precision', 'warn'])
    .optional()
    .describe(
      'what it means when it is not passed: the version is rejected (also where this is left out), float32 serves instead of int8, or it is only told',
    ),
});
/** One check of a version, with its figure: what was found, what was asked for, and why that is good or not. */
export type Gate = z.infer<typeof gateSchema>;

const decisionSchema = z.strictObject({ at: z.iso.datetime(), by: z.string(), reason: z.string() });
/** Who decided something by hand, when and why. */
export type Decision = z.infer<typeof decisionSchema>;

export const recordSchema = z.strictObject({
  schemaVersion: z.literal(1),
  version: versionSchema,
  state: z.enum(['blessed', 'rejected', 'failed']),
  precision: z.enum(PRECISIONS).nullable().describe('what it serves at; null when it was not blessed'),
  registeredAt: z.iso.datetime(),
  gates: z.array(gateSchema),
  override: decisionSchema
    .optional()
    .describe('who blessed it although its label set is unlike the one in production'),
  removed: decisionSchema
    .optional()
    .describe('its files were removed from models and trained, by whom and why'),
});
/** `registry/versions/{version}.json`. */
export type VersionRecord = z.infer<typeof recordSchema>;

const productionMoveSchema = z.strictObject({
  at: z.iso.datetime(),
  action: z.enum(['register', 'promote', 'rollback']),
  version: versionSchema.describe('what serves after the move'),
  from: versionSchema
    .nullable()
    .optional()
    .describe('what served before; moves of an early registry lack it'),
  by: z.string(),
  reason: z.string(),
});
/** A change of the version in production. */
export type ProductionMove = z.infer<typeof productionMoveSchema>;

const settingMove = {
  at: z.iso.datetime(),
  version: versionSchema.nullable().describe('null when it was switched off'),
  from: versionSchema.nullable(),
  by: z.string(),
  reason: z.string(),
};
const canaryMoveSchema = z.strictObject({
  ...settingMove,
  action: z.literal('canary'),
  share: z.number().min(0).max(1).describe('of the traffic; 0 when it was switched off'),
});
const shadowMoveSchema = z.strictObject({ ...settingMove, action: z.literal('shadow') });

/**
 * A line of the history. Within the moves of production, of the canary and of the shadow, `from` of each is
 * `version` of the one before.
 */
export const moveSchema = z.discriminatedUnion('action', [
  productionMoveSchema,
  canaryMoveSchema,
  shadowMoveSchema,
]);
export type Move = z.infer<typeof moveSchema>;

export const pointerSchema = z.strictObject({
  schemaVersion: z.literal(1),
  version: versionSchema,
  precision: z.enum(PRECISIONS),
  canary: z.strictObject({ version: versionSchema, share: z.number().min(0).max(1) }).nullable(),
  shadow: versionSchema.nullable(),
  previous: versionSchema.nullable().describe('what a rollback returns to'),
  history: z.array(moveSchema).describe('oldest first'),
});
/** `registry/production.json`. */
export type Pointer = z.infer<typeof pointerSchema>;

/** The bytes of a document of the registry as they are stored. */
export function encodeDocument(document: object): Buffer {
  return Buffer.from(`${JSON.stringify(document, null, 2)}\n`);
}

/**
 * A document of the registry that is there and can't be read: cut off, or not of its form. Apart from storage that is
 * out of reach, since of one version's record that says something of that version alone.
 */
export class DamagedDocumentError extends UnavailableError {}

const POINTER_ADVICE = {
  message: 'Restore it from a copy, or delete it and promote or register a version anew.',
  publicMessage: 'The registry is damaged. Try again later.',
};

/**
 * Parses a document of the registry. Throws {@link DamagedDocumentError} with what to do about it: that is a fault
 * of the registry, not of who asks.
 */
export function decodeDocument<T>(
  schema: z.ZodType<T>,
  path: string,
  bytes: Uint8Array,
  advice: { message: string; publicMessage: string } = POINTER_ADVICE,
): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (error) {
    throw new DamagedDocumentError(`registry/${path} is damaged. ${advice.message}`, {
      cause: error,
      retryAfterSeconds: 30,
      publicMessage: advice.publicMessage,
    });
  }
}

/** The same for who has another answer to a damaged document than to throw: undefined. */
export function tryDocument<T>(schema: z.ZodType<T>, bytes: Uint8Array): T | undefined {
  try {
    return schema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch {
    return undefined;
  }
}
