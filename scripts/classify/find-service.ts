/**
 * @module scripts/classify/find-service
 * Which service is meant: that of --url, else the `npm start` that runs on this machine.
 */
import { join, resolve } from 'node:path';
import { PawprintClient } from '../../clients/typescript/index.ts';
import { ConfigurationError, messageOf } from '../../core/errors.ts';
import { readState, SERVICE_FILE, type ServiceState } from '../stack/state-folder.ts';
import { requireListener } from './require-listener.ts';

export interface ServiceOptions {
  url: string | undefined;
  key: string | undefined;
  state: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
  /** Where relative paths begin. */
  folder: string;
}

export interface Service {
  url: string;
  key: string | undefined;
}

/** Throws {@link ConfigurationError} that says what to do when none is named and none runs here, or nothing listens there. */
export async function findService({ url, key, state, env, folder }: ServiceOptions): Promise<Service> {
  const given = key ?? (env.PAWPRINT_KEY || undefined);
  if (url !== undefined) {
    await requireListener(url);
    return { url, key: given };
  }
  const path = resolve(folder, state ?? '.state');
  const start = state === undefined ? 'npm start' : `npm start -- --state ${state}`;
  const remedy = `Start it with ${start}, or name another service: --url URL`;
  const service = readState<ServiceState>(path, SERVICE_FILE);
  if (typeof service?.url !== 'string') {
    throw new ConfigurationError(`No service runs here: ${join(path, SERVICE_FILE)} isn't there. ${remedy}`);
  }
  // A service that was killed has left its file.
  const client = new PawprintClient({ url: service.url, attempts: 2, timeoutMs: 20_000 });
  await client.breeds().catch((error: unknown) => {
    // It refuses: it is there, and its rows will say why.
    if (error instanceof Error && error.name === 'RefusedError') return;
    throw new ConfigurationError(
      `Nothing answers at ${service.url}, where a service ran once: ${messageOf(error)} ${remedy}`,
      { cause: error },
    );
  });
  return { url: service.url, key: given ?? (service.auth ? readKey(path) : undefined) };
}

/** The function key of a local service that asks for one. */
function readKey(path: string): string | undefined {
  const keys = readState<{ functionKeys?: { default?: string } }>(path, 'keys.json');
  return keys?.functionKeys?.default;
}
