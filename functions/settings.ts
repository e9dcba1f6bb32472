/**
 * @module functions/settings
 * The settings that decide how functions are registered.
 */
import { parseRegistrationConfig } from '../core/config.ts';

const { BLOB_TRIGGER_SOURCE, CLASSIFY_AUTH_LEVEL, SWEEP_SCHEDULE, RETRAIN_SCHEDULE, RETRAIN_WATCH_SCHEDULE } =
  parseRegistrationConfig(process.env);

/** What triggers on a new blob: Event Grid on Azure, a scan of the container where nothing sends events. */
export const blobTriggerSource = BLOB_TRIGGER_SOURCE;

/** Level of key that classify asks for. */
export const classifyAuthLevel = CLASSIFY_AUTH_LEVEL;

/** Whether classify and feedback ask for a token: by any of its settings, since half of them must open nothing. */
export const asksForToken = ['AUTH_ISSUER', 'AUTH_AUDIENCE', 'AUTH_JWKS_URI', 'AUTH_SCOPE'].some(
  (name) => (process.env[name] ?? '') !== '',
);

/** When the sweep runs, in six fields. */
export const sweepSchedule = SWEEP_SCHEDULE;

/** When it is decided whether to train anew: six fields, or `off`. */
export const retrainSchedule = RETRAIN_SCHEDULE.trim();

/** When a training that goes on is looked at, in six fields. */
export const retrainWatchSchedule = RETRAIN_WATCH_SCHEDULE;

/** Whether anything that trains is set, rightly or not. */
export const hasTrainer = ['RETRAIN_JOB_NAME', 'RETRAIN_COMMAND'].some(
  (name) => (process.env[name] ?? '') !== '',
);
