/**
 * @module scripts/stack/stack
 * The local stack: Azurite, the function app in a host, and a model that came the whole way.
 */
import { join } from 'node:path';
import { PawprintError, UnavailableError } from '../../core/errors.ts';
import { findPointer } from '../../core/registry/registry.ts';
import { openStorage, type Storage } from '../../core/storage/storage.ts';
import { pushVersion } from '../../training/push.ts';
import { startAzurite } from '../azurite.ts';
import { buildApp } from '../build.ts';
import { ROOT } from '../paths.ts';
import type { Child } from './child.ts';
import { findFunc, startFunctionsHost } from './functions-host.ts';
import type { StartOptions } from './options.ts';
import { claimPort, nextFreePort } from './ports.ts';
import { readState, takeStateFolder, writeState } from './state-folder.ts';

const DEFAULT_PORT = 7071;
const FIRST_AZURITE_PORT = 10_000;
const HOST_START_SECONDS = 60;
/** From the push of a model to its first answer. */
const MODEL_SECONDS = 180;

export interface Stack {
  url: string;
  /** Resolves, with the reason, when something that the stack needs has ended by itself. */
  broken: Promise<string>;
  stop(): Promise<void>;
}

interface AzuritePorts {
  blob: number;
  queue: number;
}

/**
 * Starts everything, and publishes the starter's model when the registry is empty. Whatever was started is
 * stopped again when a later step fails, or when `signal` is aborted. Throws PawprintError.
 */
export async function startStack(
  options: StartOptions,
  { log, signal }: { log: (line: string) => void; signal: AbortSignal },
): Promise<Stack> {
  const cleanUp: (() => Promise<void> | void)[] = [];
  const stop = async () => {
    for (let undo = cleanUp.pop(); undo !== undefined; undo = cleanUp.pop()) await undo();
  };
  try {
    const state = takeStateFolder(options.stateFolder);
    cleanUp.push(() => state.release());
    const port =
      options.port === undefined
        ? await nextFreePort(DEFAULT_PORT)
        : await claimPort(options.port, 'Stop what uses it, or name another: npm start -- --port N');
    const { inspectPort } = options;
    if (inspectPort !== undefined) {
      await claimPort(inspectPort, 'Stop the other debugger, or name another port: npm start -- --inspect N');
    }

    log('Building the function app ...');
    await buildApp();
    signal.throwIfAborted();

    log('Starting Azurite ...');
    const ports = await azuritePorts(state.path, [port]);
    const folder = join(state.path, 'azurite');
    const azurite = await startAzurite({ folder, blobPort: ports.blob, queuePort: ports.queue, log });
    cleanUp.push(() => azurite.stop());
    writeState(state.path, 'ports.json', ports);
    // For `npm run train -- --push` and Storage Explorer: by the file nobody has to copy a key from a terminal.
    writeState(state.path, 'connection.json', { MODEL_STORAGE: azurite.connectionString });
    const storage = openStorage({ MODEL_STORAGE: azurite.connectionString });
    await storage.ensureContainers();
    signal.throwIfAborted();

    const kind = options.host ?? (findFunc() === undefined ? 'own' : 'func');
    log(kind === 'own' ? 'Starting our own host, for development and tests ...' : 'Starting func ...');
    const host = startFunctionsHost({
      kind,
      port,
      stateFolder: state.path,
      settings: appSettings(azurite.connectionString),
      auth: options.auth,
      inspectPort,
      log,
    });
    cleanUp.push(() => host.stop());
    const url = `http://127.0.0.1:${port}`;
    // Our host listens once the functions are loaded, so a 404 from it is final; func may still be loading.
    const finalStatus = kind === 'own' ? 404 : undefined;
    await waitFor(`${url}/api/health`, { host, seconds: HOST_START_SECONDS, signal, finalStatus });
    if ((await findPointer(storage)) === undefined) await publishStarter(storage, log);
    await waitFor(`${url}/api/ready`, { host, seconds: MODEL_SECONDS, signal });
    return { url, broken: host.ended, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function appSettings(connectionString: string): Record<string, string> {
  return {
    FUNCTIONS_WORKER_RUNTIME: 'node',
    AzureWebJobsStorage: connectionString,
    MODEL_STORAGE: connectionString,
    BLOB_TRIGGER_SOURCE: 'LogsAndContainerScan',
    ...(process.env.POINTER_MAX_AGE_SECONDS === undefined ? { POINTER_MAX_AGE_SECONDS: '2' } : {}),
  };
}

/** The ports of the last time, where they are free, so that a connection string that was copied stays true. */
async function azuritePorts(stateFolder: string, except: number[]): Promise<AzuritePorts> {
  const last = readState<AzuritePorts>(stateFolder, 'ports.json');
  const blob = await nextFreePort(last?.blob ?? FIRST_AZURITE_PORT, except);
  const queue = await nextFreePort(last?.queue ?? FIRST_AZURITE_PORT + 1, [...except, blob]);
  return { blob, queue };
}

async function publishStarter(storage: Storage, log: (line: string) => void): Promise<void> {
  log("The registry is empty: publishing the starter's model ...");
  const { version } = await pushVersion(storage, join(ROOT, 'starter', 'model'));
  log(`Pushed ${version}; it is converted, judged and registered now ...`);
}

/** Asks `url` until it answers 200. Throws {@link UnavailableError} when the host ends or the time is up. */
async function waitFor(
  url: string,
  {
    host,
    seconds,
    signal,
    finalStatus,
  }: { host: Child; seconds: number; signal: AbortSignal; finalStatus?: number | undefined },
): Promise<void> {
  let ended: string | undefined;
  host.ended.then((how) => {
    ended = how;
  });
  const deadline = performance.now() + seconds * 1000;
  let last = 'no answer';
  while (performance.now() < deadline) {
    signal.throwIfAborted();
    if (ended !== undefined) throw new UnavailableError(`${ended} before it answered; its log is above.`);
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
      if (response.ok) return;
      if (response.status === finalStatus) {
        throw new UnavailableError('The function app could not be loaded; why is in the log above.');
      }
      last = `${response.status} ${await response.text()}`;
    } catch (error) {
      if (error instanceof PawprintError) throw error;
      last = String((error as Error).cause ?? error);
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new UnavailableError(`${url} didn't answer within ${seconds} s (${last}). Its log is above.`);
}
