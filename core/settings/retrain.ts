/**
 * @module core/settings/retrain
 * When a model is trained anew, and by what.
 */
import { z } from 'zod';
import { number, whole } from './fields.ts';

/** When a model is trained anew, and by what. A limit of 0 is none. */
export const retrainSchema = z.object({
  /** Pictures of feedback accepted since the last training from which it pays to train. */
  RETRAIN_MIN_FEEDBACK: whole(0, 1_000_000).default(100),
  /** Days since the training of the version in production from which it is old. */
  RETRAIN_MAX_AGE_DAYS: whole(0, 10_000).default(180),
  /** Population stability index of the best scores, first days against last days; .25 is customary for a large change. */
  RETRAIN_MAX_DRIFT: number.pipe(z.number().max(10)).default(0.25),
  /** Days of each of the two windows. */
  RETRAIN_DRIFT_DAYS: whole(1, 90).default(7),
  /** Answers that each window needs: with fewer, chance alone moves the index. */
  RETRAIN_DRIFT_MIN_ANSWERS: whole(1, 1_000_000).default(500),
  /** Hours after the end of a training in which the schedule starts no other. */
  RETRAIN_PAUSE_HOURS: whole(0, 10_000).default(24),
  /** Minutes after which a training that doesn't end is given up. More than the job's own time-out. */
  RETRAIN_TIMEOUT_MINUTES: number.pipe(z.number().positive().max(10_080)).default(360),
  /** Tries to start a training. GPU jobs can fail before their image is pulled. */
  RETRAIN_MAX_ATTEMPTS: whole(1, 10).default(3),
  /** A job that failed within so many minutes has not trained: it is tried again. */
  RETRAIN_EARLY_FAILURE_MINUTES: number.pipe(z.number().max(1440)).default(10),
  /** The Container Apps job that trains. Without it and without RETRAIN_COMMAND nothing is trained from here. */
  RETRAIN_JOB_NAME: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,30}[a-z0-9]$/, 'must be the name of a Container Apps job')
    .optional(),
  /** What trains where there is no job, on a developer's machine: a program and its arguments, an array in JSON. */
  RETRAIN_COMMAND: z
    .string()
    .transform((text, context) => {
      try {
        return z.array(z.string().min(1)).min(1).parse(JSON.parse(text));
      } catch {
        context.addIssue({ code: 'custom', message: 'must be an array in JSON, as ["node", "train.js"]' });
        return z.NEVER;
      }
    })
    .optional(),
  RETRAIN_SUBSCRIPTION_ID: z.uuid({ error: 'must be the id of a subscription' }).optional(),
  RETRAIN_RESOURCE_GROUP: z.string().min(1).max(90).optional(),
  /** Client id of the identity that starts the job; without it that of MODEL_STORAGE. */
  RETRAIN_CLIENT_ID: z.string().min(1).optional(),
  /** Azure Resource Manager: another in national clouds. */
  RETRAIN_ARM_ENDPOINT: z
    .string()
    .regex(
      /^(https:\/\/[a-z0-9.-]+(:\d+)?|http:\/\/127\.0\.0\.1:\d+)\/?$/,
      'must be an https address without a path, as https://management.azure.com',
    )
    .transform((address) => address.replace(/\/$/, ''))
    .default('https://management.azure.com'),
  /** With RETRAIN_COMMAND: where is kept what runs. */
  RETRAIN_FOLDER: z.string().min(1).default('.state/retrain'),
});
