/**
 * @module scripts/host/settings
 * App settings: the environment, and `%NAME%` in paths, queue names and schedules.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export type Settings = Record<string, string | undefined>;

export interface LocalSettings {
  values: Record<string, string>;
  /** `Host.CORS`, which lists origins with commas between them. */
  corsOrigins: string[];
}

/** What local.settings.json in `root` says; nothing where there is no such file. */
export function readLocalSettings(root: string): LocalSettings {
  const path = join(root, 'local.settings.json');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { values: {}, corsOrigins: [] };
    throw error;
  }
  try {
    const { Values = {}, Host = {} } = JSON.parse(text);
    const corsOrigins = String(Host.CORS ?? '')
      .split(',')
      .map((origin) => origin.trim().replace(/\/$/, ''));
    return { values: Values, corsOrigins: corsOrigins.filter(Boolean) };
  } catch (error) {
    throw new Error(`${path} is not valid JSON: ${(error as Error).message}`, { cause: error });
  }
}

/** Replaces each `%NAME%` by its setting. Throws the real host's message for one that isn't set. */
export function resolveSettings(text: string, settings: Settings): string {
  return text.replace(/%([^%]+)%/g, (placeholder, name: string) => {
    const value = settings[name];
    if (value === undefined) throw new Error(`'${placeholder}' does not resolve to a value.`);
    return value;
  });
}

/** Whether `AzureWebJobs.NAME.Disabled` is set to true or 1. (The form with `__` doesn't disable: measured.) */
export function isDisabled(name: string, settings: Settings): boolean {
  return /^(true|1)$/i.test(settings[`AzureWebJobs.${name}.Disabled`] ?? '');
}
