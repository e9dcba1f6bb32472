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
});
/** One check of a version, with its figure: what was found, what was asked for, and why that is good or not. */
export type Gate = z.infer<typeof gateSchema>;

export const recordSchema = z.strictObject({
  schemaVersion: z.literal(1),
  version: versionSchema,
  state: z.enum(['blessed', 'rejected', 'failed']),
  precision: z.enum(PRECISIONS).nullable().describe('what it serves at; null when it was not blessed'),
  registeredAt: z.iso.datetime(),
  gates: z.array(gateSchema),
});
/** `registry/versions/{version}.json`. */
export type VersionRecord = z.infer<typeof recordSchema>;

export const moveSchema = z.strictObject({
  at: z.iso.datetime(),
  action: z.enum(['register', 'promote', 'rollback']),
  version: versionSchema,
  by: z.string(),
  reason: z.string(),
});
export type Move = z.infer<typeof moveSchema>;

export const pointerSchema = z.strictObject({
  schemaVersion: z.literal(1),
  version: versionSchema,
  precision: z.enum(PRECISIONS),
  canary: z.strictObject({ version: versionSchema, share: z.number().min(0).max(1) }).nullable(),
  shadow: versionSchema.nullable(),
  previous: versionSchema.nullable(),
  history: z.array(moveSchema).describe('oldest first'),
});
/** `registry/production.json`. */
export type Pointer = z.infer<typeof pointerSchema>;

/** The bytes of a record or pointer as they are stored. */
export function encodeDocument(document: VersionRecord | Pointer): Buffer {
  return Buffer.from(`${JSON.stringify(document, null, 2)}\n`);
}

/**
 * Parses a document of the registry. Throws {@link UnavailableError} when it is damaged: that is a fault of
 * the registry, not of who asks.
 */
export function decodeDocument<T>(schema: z.ZodType<T>, path: string, bytes: Uint8Array): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch (error) {
    throw new UnavailableError(`registry/${path} is damaged. Restore it, or promote a version anew.`, {
      cause: error,
      retryAfterSeconds: 30,
      publicMessage: 'The registry is damaged. Try again later.',
    });
  }
}
