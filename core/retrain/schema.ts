/**
 * @module core/retrain/schema
 * The two documents of retraining: the record of a run, and the lock that lets one go on at a time.
 */
import { randomBytes } from 'node:crypto';
import { z } from 'zod';
import { compactTime, versionSchema } from '../version.ts';

export const checkSchema = z.strictObject({
  name: z.enum(['feedback', 'age', 'drift']),
  value: z.number().nullable().describe('null where it can not be told'),
  threshold: z.number(),
  met: z.boolean(),
  reason: z.string(),
});
/** One of the things that a training may be due for, with its figure. */
export type Check = z.infer<typeof checkSchema>;

export const retrainDecisionSchema = z.strictObject({
  at: z.iso.datetime(),
  by: z.string().describe('"schedule", or who asked for it'),
  start: z.boolean(),
  reason: z.string(),
  checks: z.array(checkSchema).describe('none where a person decided'),
});
/** Whether to train anew, and why. */
export type RetrainDecision = z.infer<typeof retrainDecisionSchema>;

export const RUN_STATES = ['started', 'running', 'succeeded', 'failed', 'lost'] as const;

export const runIdSchema = z.string().regex(/^\d{8}T\d{6}Z-[0-9a-f]{12}$/);

export const attemptSchema = z.strictObject({
  askedAt: z.iso.datetime(),
  leaseUntil: z.iso.datetime().describe('until then nobody else starts, whatever became of this one'),
  execution: z.string().nullable().describe('what the trainer calls it; null where that is not known'),
  adopted: z.boolean().describe('it ran already, and was not started for this run'),
  message: z.string().nullable().describe('what went wrong'),
});
/** One try to start. */
export type Attempt = z.infer<typeof attemptSchema>;

export const runSchema = z.strictObject({
  schemaVersion: z.literal(1),
  id: runIdSchema,
  revision: z.int().min(0).describe('one more at each change'),
  state: z
    .enum(RUN_STATES)
    .describe(
      'started: decided, and not known to run yet; running; succeeded; failed; lost: given up, since it never said how it ended',
    ),
  decision: retrainDecisionSchema,
  trainer: z.string().describe('what trains'),
  startedAt: z.iso.datetime(),
  deadline: z.iso.datetime().describe('when it is given up'),
  endedAt: z.iso.datetime().nullable(),
  attempts: z.array(attemptSchema),
  version: versionSchema.nullable().describe('what it made, where that is known'),
  message: z.string().nullable().describe('how it ended, where there is more to say'),
});
/** `registry/runs/{id}.json`: one training. */
export type Run = z.infer<typeof runSchema>;

export const retrainLockSchema = z.strictObject({
  schemaVersion: z.literal(1),
  run: runSchema.nullable().describe('the last one, ended or not'),
  lastSuccess: z
    .strictObject({ id: runIdSchema, startedAt: z.iso.datetime(), version: versionSchema.nullable() })
    .nullable(),
  lastDecision: retrainDecisionSchema.nullable().describe('of the schedule'),
  abandoned: z
    .array(z.strictObject({ execution: z.string(), at: z.iso.datetime() }))
    .describe('executions that were given up: they may be listed as running for ever'),
});
/** `registry/retrain.json`. It moves by compare-and-swap only. */
export type RetrainLock = z.infer<typeof retrainLockSchema>;

/** An id for a run that begins at `at`. Ids sort by time. */
export function makeRunId(at: Date): string {
  return `${compactTime(at)}-${randomBytes(6).toString('hex')}`;
}

/** Whether nothing more is expected of a run. */
export function hasEnded({ state }: Pick<Run, 'state'>): boolean {
  return state !== 'started' && state !== 'running';
}

/** What an attempt is known by to the trainer: the fence by which a late start is told from the one that counts. */
export function tagOf(run: Pick<Run, 'id' | 'attempts'>): string {
  return `${run.id}.${run.attempts.length}`;
}
