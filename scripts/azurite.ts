/**
 * @module scripts/azurite
 * Starts Azurite, the storage emulator, as a child process that ends with its parent.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { ConflictError, UnavailableError } from '../core/errors.ts';

/** The account and key that every Azurite has; they are published and protect nothing. */
const ACCOUNT = 'devstoreaccount1';
const KEY = 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

const START_MS = 30_000;
const STOP_MS = 5000;

export interface AzuriteOptions {
  /** Where data is kept; without one it is kept in memory and gone at the end. */
  folder?: string;
  /** 0, the default of each, takes any free port. */
  blobPort?: number;
  queuePort?: number;
  tablePort?: number;
  /** Gets what Azurite prints. */
  log?: (line: string) => void;
}

export interface AzuritePorts {
  blob: number;
  queue: number;
  table: number;
}

export interface RunningAzurite {
  connectionString: string;
  ports: AzuritePorts;
  /** Resolves when it has ended, however; to what it ended with. */
  ended: Promise<string>;
  stop(): Promise<void>;
}

/**
 * Ends Azurite when its parent's end of the channel closes: at `stop`, and also after a SIGKILL. Its own
 * handler of SIGTERM closes the services, which writes the data; two seconds are the bound. A SIGTERM of its own
 * ends it too, which the open channel would prevent.
 */
const END_WITH_PARENT = `data:text/javascript,${encodeURIComponent(
  `let ending = false;
  const end = (tell) => {
    if (ending) return;
    ending = true;
    tell();
    setTimeout(() => process.exit(), 2000).unref();
  };
  process.on('disconnect', () => end(() => process.emit('SIGTERM')));
  process.on('SIGTERM', () => end(() => process.disconnect()));`,
)}`;

/**
 * Starts the blob and queue services (and the table service, which comes with them) on 127.0.0.1. Resolves
 * when they answer; from then on it doesn't keep this process alive, and ends with it. Throws
 * ConflictError that names the port when one is taken, and UnavailableError.
 */
export async function startAzurite({
  folder,
  blobPort = 0,
  queuePort = 0,
  tablePort = 0,
  log = () => undefined,
}: AzuriteOptions = {}): Promise<RunningAzurite> {
  if (folder) mkdirSync(folder, { recursive: true });
  const parameters = [
    ...['--blobHost', '127.0.0.1', '--queueHost', '127.0.0.1', '--tableHost', '127.0.0.1'],
    ...['--blobPort', `${blobPort}`, '--queuePort', `${queuePort}`, '--tablePort', `${tablePort}`],
    // The storage SDK asks for an API version that Azurite doesn't know yet.
    ...['--skipApiVersionCheck', '--disableTelemetry', '--silent'],
    ...(folder ? ['--location', resolve(folder)] : ['--inMemoryPersistence']),
  ];
  const child = spawn(process.execPath, ['--import', END_WITH_PARENT, findAzurite(), ...parameters], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // Ctrl-C in a terminal goes to the whole group: storage must outlive the host that is finishing its work.
    detached: process.platform !== 'win32',
    // A debugger's port or a preload meant for the parent is none of Azurite's business.
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  const ports = await untilListening(child, log);
  // A caller that fails before its `stop` must be able to end; Azurite then ends with it.
  const handles = [child, child.channel, child.stdout, child.stderr] as unknown as { unref(): void }[];
  for (const handle of handles) handle.unref();
  const endpoint = (port: number) => `http://127.0.0.1:${port}/${ACCOUNT}`;
  return {
    ports,
    connectionString: [
      `DefaultEndpointsProtocol=http;AccountName=${ACCOUNT};AccountKey=${KEY}`,
      `BlobEndpoint=${endpoint(ports.blob)};QueueEndpoint=${endpoint(ports.queue)}`,
      `TableEndpoint=${endpoint(ports.table)};`,
    ].join(';'),
    ended: once(child, 'exit').then(([code, signal]) => `Azurite ended (${signal ?? `exit code ${code}`})`),
    stop: () => end(child),
  };
}

/** The services print the port that they got; all three lines mean that they answer. */
async function untilListening(child: ChildProcess, log: (line: string) => void): Promise<AzuritePorts> {
  const ports: Partial<AzuritePorts> = {};
  let output = '';
  const listening = new Promise<void>((done) => {
    const read = (chunk: Buffer) => {
      output += chunk;
      for (const line of String(chunk).split('\n').filter(Boolean)) log(line);
      for (const [, service, port] of output.matchAll(
        /(Blob|Queue|Table) service is successfully listening at \S+:(\d+)/g,
      )) {
        ports[service!.toLowerCase() as keyof AzuritePorts] = Number(port);
      }
      if (ports.blob && ports.queue && ports.table) done();
    };
    child.stdout!.on('data', read);
    child.stderr!.on('data', read);
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((done) => {
    timer = setTimeout(done, START_MS, 'late');
  });
  const outcome = await Promise.race([listening, once(child, 'close').then(() => 'ended' as const), late]);
  clearTimeout(timer);
  if (outcome === undefined) return ports as AzuritePorts;
  await end(child);
  throw explain(outcome, output);
}

/** {@link ConflictError} for a port that is taken: another may do. */
function explain(outcome: 'ended' | 'late', output: string): ConflictError | UnavailableError {
  const taken = /EADDRINUSE\S* .*:(\d+)/.exec(output)?.[1];
  if (taken) {
    return new ConflictError(
      `Port ${taken} is taken, so Azurite can't start. Stop the program that uses it (another Azurite?) and try again.`,
    );
  }
  const last = output.trim().split('\n').at(-1) || 'it printed nothing';
  return new UnavailableError(
    outcome === 'late'
      ? `Azurite did not start within ${START_MS / 1000} s; its last words: ${last}`
      : `Azurite ended at once: ${last}`,
  );
}

/** A signal wouldn't do: Azurite listens to the channel, and lives as long as that is open. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  const exited = once(child, 'exit');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  if (child.connected) child.disconnect();
  await exited;
  clearTimeout(timer);
}

/** From the running script upwards, then from the working folder: both lie in the repository. */
function findAzurite(): string {
  const require = createRequire(resolve(process.argv[1] ?? 'package.json'));
  return require.resolve('azurite/dist/src/azurite.js', {
    paths: [resolve(process.argv[1] ?? '.'), process.cwd()],
  });
}
