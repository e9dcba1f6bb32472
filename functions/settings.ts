/**
 * @module functions/settings
 * The settings that decide how functions are registered.
 */
import { parseRegistrationConfig } from '../core/config.ts';
import { setWrongSchedulesAside } from '../core/settings/schedules.ts';
import { TOKEN_SETTINGS } from '../core/settings/tokens.ts';

const { env, faults } = setWrongSchedulesAside(process.env);
// At each start of an instance. A throw here would leave the app without any function.
for (const fault of faults.values())
  console.error(`A setting is wrong: ${fault} Its timer isn't registered.`);

const { BLOB_TRIGGER_SOURCE, CLASSIFY_AUTH_LEVEL, SWEEP_SCHEDULE, RETRAIN_SCHEDULE, RETRAIN_WATCH_SCHEDULE } =
  parseRegistrationConfig(env);

/** What triggers on a new blob: Event Grid on Azure, a scan of the container where nothing sends events. */
export const blobTriggerSource = BLOB_TRIGGER_SOURCE;

/** Level of key that classify asks for. */
export const classifyAuthLevel = CLASSIFY_AUTH_LEVEL;

/** Whether classify and feedback ask for a token: by any of its settings, since half of them must open nothing. */
export const asksForToken = TOKEN_SETTINGS.some((name) => (process.env[name] ?? '') !== '');

/** When the sweep runs, in six fields; null where that is set wrongly. */
export const sweepSchedule = faults.has('SWEEP_SCHEDULE') ? null : SWEEP_SCHEDULE;

/** When it is decided whether to train anew: six fields, or `off`; null where that is set wrongly. */
export const retrainSchedule = faults.has('RETRAIN_SCHEDULE') ? null : RETRAIN_SCHEDULE.trim();

/** When a training that goes on is looked at, in six fields; null where that is set wrongly. */
export const retrainWatchSchedule = faults.has('RETRAIN_WATCH_SCHEDULE') ? null : RETRAIN_WATCH_SCHEDULE;

/** What is wrong with the schedules of retraining, a sentence for each. */
export const retrainScheduleFaults = (['RETRAIN_SCHEDULE', 'RETRAIN_WATCH_SCHEDULE'] as const).flatMap(
  (name) => faults.get(name) ?? [],
);

/** Whether anything that trains is set, rightly or not. */
export const hasTrainer = ['RETRAIN_JOB_NAME', 'RETRAIN_COMMAND'].some(
  (name) => (process.env[name] ?? '') !== '',
);
