/**
 * @module scripts/models/place
 * Which registry is meant: that of the settings in the environment, else that of a running `npm start`.
 */
import { join, resolve } from 'node:path';
import { parseConfig } from '../../core/config.ts';
import { ConfigurationError } from '../../core/errors.ts';
import type { StorageSettings } from '../../core/storage/client.ts';
import { readState } from '../stack/state-folder.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface Place {
  settings: StorageSettings;
  /** Where the settings come from, for people. */
  source: string;
}

/**
 * The storage that is meant. `state`, a folder given by name, comes before the environment, and `.state/` after it;
 * relative paths begin at `folder`. Throws {@link ConfigurationError} that says what to do when there is none.
 */
export function findPlace({
  state,
  env,
  folder,
}: {
  state: string | undefined;
  env: Environment;
  folder: string;
}): Place {
  const isInEnvironment = Boolean(env.MODEL_STORAGE || env.MODEL_STORAGE__blobServiceUri);
  if (state === undefined && isInEnvironment) {
    return { settings: parseConfig(env), source: 'MODEL_STORAGE in the environment' };
  }
  const path = resolve(folder, state ?? '.state');
  const connection = readState<{ MODEL_STORAGE?: string }>(path, 'connection.json');
  const source = join(path, 'connection.json');
  if (typeof connection?.MODEL_STORAGE === 'string') {
    return { settings: { MODEL_STORAGE: connection.MODEL_STORAGE }, source };
  }
  const environment = state === undefined ? "MODEL_STORAGE isn't set, and " : '';
  throw new ConfigurationError(
    `${environment}${source} isn't there. Start the service with npm start${state === undefined ? '' : ` -- --state ${state}`}, or set MODEL_STORAGE to the storage account's connection string.`,
  );
}
