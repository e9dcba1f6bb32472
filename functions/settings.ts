/**
 * @module functions/settings
 * The two settings that decide how functions are registered, and so are read when the app is loaded.
 */
import { config } from '../core/config.ts';

/** Level of key that classify asks for. */
export function authLevel() {
  return config().CLASSIFY_AUTH_LEVEL;
}

/** What triggers on a new blob: Event Grid on Azure, a scan of the container where nothing sends events. */
export function blobTriggerSource() {
  return config().BLOB_TRIGGER_SOURCE;
}
