/**
 * @module training/models/places
 * Where versions are looked for, by the settings of this machine.
 */
import { join, resolve } from 'node:path';
import { parseConfig } from '../../core/config.ts';
import { openStorage } from '../../core/storage/storage.ts';
import { readSettings } from '../read-settings.ts';
import type { Places } from './find-model.ts';

/** The starter, the folder into which training writes, and Blob Storage where `MODEL_STORAGE` names it. Throws ConfigurationError. */
export function modelPlaces(root: string, env: Readonly<Record<string, string | undefined>>): Places {
  const { settings } = readSettings([], env);
  const hasStorage = Boolean(env.MODEL_STORAGE || env.MODEL_STORAGE__blobServiceUri);
  return {
    starter: join(root, 'starter', 'model'),
    trained: resolve(root, settings.out),
    storage: hasStorage ? openStorage(parseConfig(env)) : null,
  };
}
