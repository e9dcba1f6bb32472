/**
 * @module scripts/stack/functions-host
 * The Functions host of the local stack: Azure Functions Core Tools where they are installed, else our own.
 */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ROOT } from '../paths.ts';
import { type Child, startChild } from './child.ts';

export interface HostOptions {
  kind: 'own' | 'func';
  port: number;
  stateFolder: string;
  settings: Record<string, string>;
  auth: boolean;
  inspectPort: number | undefined;
  log: (line: string) => void;
}

export const FUNC_IS_MISSING =
  'Azure Functions Core Tools are not installed. Install them (npm install -g azure-functions-core-tools@4), or use our own small host: npm start -- --host own';

/** Path of an installed `func`, or undefined. Its npm package may be there without the program itself. */
export function findFunc(): string | undefined {
  const name = process.platform === 'win32' ? 'func.exe' : 'func';
  const folders = [
    join(ROOT, 'node_modules', 'azure-functions-core-tools', 'bin'),
    ...(process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules')),
  ];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** Starts the host on 127.0.0.1; it serves when its routes answer. */
export function startFunctionsHost(options: HostOptions): Child {
  const { port, settings, log } = options;
  const env = { ...process.env, ...settings };
  const [command, args] = options.kind === 'func' ? funcCommand(options) : ownCommand(options);
  return startChild({ name: `The host on port ${port}`, command, args, env, cwd: ROOT, log });
}

/**
 * Megabytes of each half of V8's young generation, 16 by default. Bodies of requests that are refused die young; with
 * too little room for them, V8 marks the whole heap several times a second. `npm run bench:load` at ten times what can be
 * taken, 30 s each: 50 answers a second and a p99 of 159 ms without this, 57 and 138 ms with it.
 */
const YOUNG_GENERATION = '--max-semi-space-size=32';

function ownCommand({ port, stateFolder, auth, inspectPort }: HostOptions): [string, string[]] {
  const args = [
    '--enable-source-maps',
    '--disable-warning=ExperimentalWarning',
    YOUNG_GENERATION,
    ...(inspectPort === undefined ? [] : [`--inspect=127.0.0.1:${inspectPort}`]),
    ...['--import', join(ROOT, 'scripts', 'stack', 'end-with-parent.ts')],
    join(ROOT, 'scripts', 'host', 'main.ts'),
    ...['--root', ROOT, '--port', String(port), '--state', stateFolder],
    ...(auth ? ['--auth'] : []),
  ];
  return [process.execPath, args];
}

/** The command line of `func start`. A debugger's port goes to the Node.js worker, not to the host. */
export function funcCommand({
  port,
  auth,
  inspectPort,
}: Pick<HostOptions, 'port' | 'auth' | 'inspectPort'>): [string, string[]] {
  const args = [
    'start',
    ...['--port', String(port)],
    ...(auth ? ['--enableAuth'] : []),
    ...(inspectPort === undefined ? [] : ['--language-worker', '--', `--inspect=127.0.0.1:${inspectPort}`]),
  ];
  return [findFunc() ?? 'func', args];
}
