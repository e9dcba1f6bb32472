/**
 * @module scripts/stack/stack
 * The local stack: Azurite, the function app in a host, and a model that came the whole way.
 */
import { join } from 'node:path';
import { ConflictError, NotFoundError, PawprintError, UnavailableError } from '../../core/errors.ts';
import { findPointer } from '../../core/registry/registry.ts';
import { openStorage } from '../../core/storage/storage.ts';
import { type RunningAzurite, startAzurite } from '../azurite.ts';
import { buildApp } from '../build.ts';
import { ROOT } from '../paths.ts';
import { FUNC_IS_MISSING, findFunc, startFunctionsHost } from './functions-host.ts';
import type { StartOptions } from './options.ts';
import { claimPort, nextFreePort } from './ports.ts';
import { retrainSettings } from './retraining.ts';
import { appSettings, checkSettings } from './settings.ts';
import { isInProduction, publishStarter } from './starter.ts';
import {
  readState,
  removeState,
  SERVICE_FILE,
  type ServiceState,
  takeStateFolder,
  writeState,
} from './state-folder.ts';

const DEFAULT_PORT = 7071;
const ANOTHER_PORT = 'Stop what uses it, or name another: npm start -- --port N';
const FIRST_AZURITE_PORT = 10_000;
const AZURITE_ATTEMPTS = 5;
const HOST_START_SECONDS = 60;
/** What no stack connects to: the settings are checked before Azurite has its ports. */
const ANY_CONNECTION = 'UseDevelopmentStorage=true';
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
    const kind = options.host ?? (findFunc() === undefined ? 'own' : 'func');
    if (kind === 'func' && findFunc() === undefined) throw new NotFoundError(FUNC_IS_MISSING);
    const state = takeStateFolder(options.stateFolder);
    cleanUp.push(() => state.release());
    const { inspectPort } = options;
    const settingsFor = (connectionString: string) => ({
      ...appSettings(connectionString, process.env),
      ...retrainSettings(process.env, { stateFolder: state.path, folder: process.env.INIT_CWD ?? ROOT }),
    });
    checkSettings(settingsFor(ANY_CONNECTION), { env: process.env });
    if (inspectPort !== undefined) {
      await claimPort(inspectPort, 'Stop the other debugger, or name another port: npm start -- --inspect N');
    }
    if (options.port !== undefined) await claimPort(options.port, ANOTHER_PORT);

    log('Building the function app ...');
    await buildApp();
    signal.throwIfAborted();

    log('Starting Azurite ...');
    const azurite = await startAzuriteOnFreePorts(state.path, { except: options.port, log });
    cleanUp.push(() => azurite.stop());
    // For `npm run train -- --push` and Storage Explorer: by the file nobody has to copy a key from a terminal.
    writeState(state.path, 'connection.json', { MODEL_STORAGE: azurite.connectionString });
    const storage = openStorage({ MODEL_STORAGE: azurite.connectionString });
    await storage.ensureContainers();
    signal.throwIfAborted();

    log(kind === 'own' ? 'Starting our own host, for development and tests ...' : 'Starting func ...');
    // Looked for as late as can be: another stack may be starting at this moment.
    const port = options.port ?? (await nextFreePort(DEFAULT_PORT));
    const host = startFunctionsHost({
      kind,
      port,
      stateFolder: state.path,
      settings: settingsFor(azurite.connectionString),
      auth: options.auth,
      inspectPort,
      log,
    });
    cleanUp.push(() => host.stop());
    const broken = Promise.race([host.ended, azurite.ended]);
    const url = `http://127.0.0.1:${port}`;
    // Our host listens once the functions are loaded, so a 404 from it is final; func may still be loading.
    const finalStatus = kind === 'own' ? 404 : undefined;
    const until = (answers: Question, seconds: number) => waitUntil(answers, { broken, seconds, signal });
    await until(() => answers200(`${url}/api/health`, finalStatus), HOST_START_SECONDS);
    if ((await findPointer(storage)) === undefined) {
      log("The registry is empty: publishing the starter's model ...");
      const publication = await publishStarter(storage, join(ROOT, 'starter', 'model'), { log });
      // The registry is asked, not the service: that would log a refusal at each look.
      await until(() => isInProduction(storage, publication), MODEL_SECONDS);
    }
    await until(() => answers200(`${url}/api/ready`), MODEL_SECONDS);
    // For `npm run classify`, which asks the service that runs here.
    cleanUp.push(() => removeState(state.path, SERVICE_FILE));
    writeState(state.path, SERVICE_FILE, { url, auth: options.auth } satisfies ServiceState);
    return { url, broken, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Azurite on the ports of the last time, where they are free, so that a connection string that was copied stays true. */
async function startAzuriteOnFreePorts(
  stateFolder: string,
  { except, log }: { except: number | undefined; log: (line: string) => void },
): Promise<RunningAzurite> {
  const last = readState<AzuritePorts>(stateFolder, 'ports.json');
  let [firstBlob, firstQueue] = [last?.blob ?? FIRST_AZURITE_PORT, last?.queue ?? FIRST_AZURITE_PORT + 1];
  for (let attempt = 1; ; attempt++) {
    const blob = await nextFreePort(firstBlob, except === undefined ? [] : [except]);
    const queue = await nextFreePort(firstQueue, [blob, except ?? blob]);
    try {
      const folder = join(stateFolder, 'azurite');
      const azurite = await startAzurite({ folder, blobPort: blob, queuePort: queue, log });
      writeState(stateFolder, 'ports.json', { blob, queue } satisfies AzuritePorts);
      return azurite;
    } catch (error) {
      // Between the look and the start another stack took it.
      if (!(error instanceof ConflictError) || attempt === AZURITE_ATTEMPTS) throw error;
      [firstBlob, firstQueue] = [blob + 2 * attempt, queue + 2 * attempt];
    }
  }
}

/** Whether a thing is so; a text says what was found instead. */
type Question = () => Promise<true | string>;

/** Throws {@link UnavailableError} for `finalStatus`, after which waiting is in vain. */
async function answers200(url: string, finalStatus?: number): Promise<true | string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    if (response.ok) return true;
    if (response.status === finalStatus) {
      throw new UnavailableError('The function app could not be loaded; why is in the log above.');
    }
    return `${url} answers ${response.status} ${await response.text()}`;
  } catch (error) {
    if (error instanceof PawprintError) throw error;
    return `${url} gives no answer: ${String((error as Error).cause ?? error)}`;
  }
}

/** Asks again until it is so. Throws {@link UnavailableError} when something has ended or the time is up. */
async function waitUntil(
  question: Question,
  { broken, seconds, signal }: { broken: Promise<string>; seconds: number; signal: AbortSignal },
): Promise<void> {
  let ended: string | undefined;
  broken.then((how) => {
    ended = how;
  });
  const deadline = performance.now() + seconds * 1000;
  for (;;) {
    signal.throwIfAborted();
    if (ended !== undefined) throw new UnavailableError(`${ended} before the service answered.`);
    const found = await question();
    if (found === true) return;
    if (performance.now() > deadline) throw new UnavailableError(`Not within ${seconds} s: ${found}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}
