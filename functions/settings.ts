/**
 * @module functions/settings
 * The settings that decide how functions are registered.
 */
import { parseRegistrationConfig } from '../core/config.ts';

const { BLOB_TRIGGER_SOURCE, CLASSIFY_AUTH_LEVEL, SWEEP_SCHEDULE } = parseRegistrationConfig(process.env);

/** What triggers on a new blob: Event Grid on Azure, a scan of the container where nothing sends events. */
export const blobTriggerSource = BLOB_TRIGGER_SOURCE;

/** Level of key that classify asks for. */
export const classifyAuthLevel = CLASSIFY_AUTH_LEVEL;

/** When the sweep runs, in six fields. */
export const sweepSchedule = SWEEP_SCHEDULE;
