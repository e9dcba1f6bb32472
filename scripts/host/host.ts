/**
 * @module scripts/host/host
 * A small host for the app, where Azure Functions Core Tools aren't installed. FOR DEVELOPMENT AND TESTS
 * ONLY: it listens on 127.0.0.1, runs the app in its own process and keeps no promise under load. It runs
 * the same bundle as Azure, through the public programming model of `@azure/functions`, and behaves as
 * measured on the real host (tests/host has the table).
 */
import { createHash } from 'node:crypto';
import { once, setMaxListeners } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { resolve } from 'node:path';
import { loadApp, terminateApp } from './app.ts';
import { delay, type HostContext, type Listener } from './context.ts';
import { type CoreModule, installCoreModule } from './core-module.ts';
import { type IndexedFunctions, indexFunctions } from './functions.ts';
import { readHostJson } from './host-json.ts';
import { KeyRing } from './key-file.ts';
import { type Log, makeLog, type WriteLine } from './log.ts';
import { type HandleRequest, makeRequestHandler } from './server.ts';
import type { Settings } from './settings.ts';
import { Storage } from './storage.ts';

/** How long requests and runs, taken together, may go on after a stop was asked for. */
const STOP_MS = 8000;
/** How long the appTerminate hooks may take then: whoever asked kills after ten seconds, as a rule. */
const TERMINATE_MS = 1500;

export interface HostOptions {
  /** Folder of package.json and host.json. */
  root: string;
  /** 0 takes any free port. */
  port: number;
  /** App settings; they go into process.env, where the app reads them. */
  settings?: Settings;
  /** Where keys.json is kept. */
  stateFolder: string;
  /** Whether keys are asked for. `func start` asks for none. */
  auth?: boolean;
  /** Origins that browsers may call from; `*` is any. */
  corsOrigins?: string[];
  log: WriteLine;
}

export interface RunningHost {
  port: number;
  url: string;
  /** Lets requests and runs finish (eight seconds at most), ends the listeners, runs the appTerminate hooks. */
  stop(): Promise<void>;
}

/**
 * Starts the host; it answers when this resolves. Throws a one-line error when the port is taken or
 * host.json can't be read. One host per process: the app is loaded into it.
 */
export async function startHost({
  root,
  port,
  settings = {},
  stateFolder,
  auth = false,
  corsOrigins = [],
  log: write,
}: HostOptions): Promise<RunningHost> {
  const began = performance.now();
  const log = makeLog(write);
  const folder = resolve(root);
  const hostJson = readHostJson(folder);
  const keys = auth ? new KeyRing(resolve(stateFolder), log) : undefined;

  // The port first: a taken one shows before the app has done anything. Requests wait until it is loaded.
  const ready = Promise.withResolvers<HandleRequest>();
  const server = await listen(port, ready.promise);
  const address = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${address.port}`;

  for (const [name, value] of Object.entries(settings)) if (value !== undefined) process.env[name] = value;
  process.env.AZURE_FUNCTIONS_ENVIRONMENT ??= 'Development';
  process.env.WEBSITE_HOSTNAME ??= `127.0.0.1:${address.port}`;
  const hostId = process.env.AzureFunctionsWebHost__hostid ?? `local-${hash(folder)}`;
  log.info(`Starting Host (HostId=${hostId}, ProcessId=${process.pid}, Node=${process.version})`);

  const core = installCoreModule((level, text) => {
    if (level !== 'debug' && level !== 'trace') log.info(text);
  });
  await loadApp(folder, core, log);
  const stopping = new AbortController();
  setMaxListeners(0, stopping.signal);
  const context: HostContext = {
    hostId,
    log,
    settings: process.env,
    hostJson,
    storage: new Storage(process.env),
    core,
    stopping: stopping.signal,
  };
  const indexed = indexFunctions(context);
  ready.resolve(makeRequestHandler(context, indexed, { keys, corsOrigins }));
  if (!indexed.fatal) for (const listener of indexed.listeners) listener.start();
  log.info(`Host started (${Math.round(performance.now() - began)}ms)`);

  let stopped: Promise<void> | undefined;
  return {
    port: address.port,
    url,
    stop() {
      stopped ??= stopHost({ server, core, log, indexed, stopping });
      return stopped;
    },
  };
}

async function listen(port: number, ready: Promise<HandleRequest>): Promise<Server> {
  const server = createServer(async (request, response) => (await ready)(request, response));
  // Node's parser refuses methods that it doesn't know; to the real host they are just methods without a route.
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    const status = error.code === 'HPE_INVALID_METHOD' ? '404 Not Found' : '400 Bad Request';
    if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
  });
  // A model upload or a slow handler may take longer than Node's five minutes.
  server.requestTimeout = 0;
  // Kestrel's. Node's five seconds close connections that a client is about to use again.
  server.keepAliveTimeout = 130_000;
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new Error(
      `Port ${port} is taken. Stop the program that uses it, or start the host with another --port.`,
    );
  }
  return server;
}

async function stopHost({
  server,
  core,
  log,
  indexed,
  stopping,
}: {
  server: Server;
  core: CoreModule;
  log: Log;
  indexed: IndexedFunctions;
  stopping: AbortController;
}): Promise<void> {
  log.info('Application is shutting down...');
  stopping.abort();
  const deadline = performance.now() + STOP_MS;
  const left = () => Math.max(deadline - performance.now(), 0);
  const closed = new Promise<void>((done) => server.close(() => done()));
  server.closeIdleConnections();
  await withinBound(left(), closed, () => log.warn('Requests are still under way; stopping without them.'));
  server.closeAllConnections();
  await Promise.all(
    indexed.fatal ? [] : indexed.listeners.map((listener) => stopListener(listener, left(), log)),
  );
  await withinBound(TERMINATE_MS, terminateApp(core, log), () =>
    log.warn('An appTerminate hook is still running.'),
  );
  log.info('Job host stopped');
}

async function stopListener(listener: Listener, milliseconds: number, log: Log): Promise<void> {
  const which = `the listener '${listener.constructor.name}' for function '${listener.function.name}'`;
  log.info(`Stopping ${which}`);
  await withinBound(milliseconds, listener.stop(), () =>
    log.warn(`A run of '${listener.function.name}' is still under way; stopping without it.`),
  );
  log.info(`Stopped ${which}`);
}

async function withinBound(
  milliseconds: number,
  work: Promise<unknown>,
  complain: () => void,
): Promise<void> {
  const over = new AbortController();
  const timeout = delay(milliseconds, over.signal).then(() => {
    if (!over.signal.aborted) complain();
  });
  await Promise.race([work, timeout]);
  over.abort();
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 10);
}
