/**
 * @module scripts/bicep/compiler
 * Finds the Bicep compiler and runs it.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** What the templates were tried with; an older one may lack what is asked of it here. */
const OLDEST = [0, 49];
/** A cold start alone takes seconds, and may unpack the compiler. */
const MOST_SECONDS = 120;

export interface Compiler {
  program: string;
  version: string;
}

export interface Run {
  code: number;
  output: string;
  errors: string;
}

/** There is no compiler, or none that can be used; the message says what to do. */
export class CompilerError extends Error {}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The compiler: the setting `BICEP`, else `bicep` on the PATH, else the one that `az bicep install` put away. Throws
 * {@link CompilerError} that names the three where there is none, and the one where it doesn't run or is too old.
 */
export async function findCompiler(env: Environment = process.env): Promise<Compiler> {
  const program = locateCompiler(env);
  if (program === undefined) {
    throw new CompilerError(
      'There is no Bicep compiler. Set BICEP to its path, put bicep on the PATH, or run "az bicep install".',
    );
  }
  const { code, output, errors } = await runCompiler({ program }, ['--version'], { env });
  const version = /(\d+)\.(\d+)\.(\d+)/.exec(output);
  if (code !== 0 || version === null) {
    const reason = errors.trim().split('\n')[0] || `it answers "${output.trim().slice(0, 100)}"`;
    const where = env.BICEP ? 'BICEP' : 'The compiler that was found';
    throw new CompilerError(`${where} (${program}) is no Bicep compiler that runs: ${reason}`);
  }
  const isOlder = Number(version[1]) === OLDEST[0] && Number(version[2]) < OLDEST[1]!;
  if (isOlder) {
    throw new CompilerError(
      `${program} is Bicep ${version[0]}; ${OLDEST.join('.')} or newer is needed: "az bicep upgrade".`,
    );
  }
  return { program, version: version[0] };
}

/** Where the compiler should be; undefined where none is. Nothing is run. */
export function locateCompiler(env: Environment): string | undefined {
  return env.BICEP || onPath(env) || ofAzureCli(env);
}

/** Runs the compiler to its end. A failure of what is compiled is in the code, not thrown. */
export function runCompiler(
  { program }: Pick<Compiler, 'program'>,
  args: readonly string[],
  { cwd, env = process.env }: { cwd?: string; env?: Environment } = {},
): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...(cwd ? { cwd } : {}),
      env: compilerEnvironment(env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // Not spawn's own: that one goes on for its time where the program can't be started.
    const timer = setTimeout(() => child.kill('SIGKILL'), MOST_SECONDS * 1000);
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      errors += chunk;
    });
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(new CompilerError(`${program} can't be started: ${error.message}`));
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code !== null) return resolve({ code, output, errors });
      reject(
        new CompilerError(`${program} ${args[0]} was ended by ${signal} (after ${MOST_SECONDS} s at most).`),
      );
    });
  });
}

/** Its environment: without this setting it needs libicu, which a small image lacks. */
export function compilerEnvironment(env: Environment): NodeJS.ProcessEnv {
  return { ...env, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1' };
}

const NAMES = process.platform === 'win32' ? ['bicep.exe', 'bicep.cmd'] : ['bicep'];

function onPath({ PATH = '' }: Environment): string | undefined {
  const folders = PATH.split(delimiter).filter((folder) => folder !== '');
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(isProgram);
}

/** `az bicep` only runs this one, and doesn't know all of its commands. */
function ofAzureCli({ AZURE_CONFIG_DIR }: Environment): string | undefined {
  const folder = AZURE_CONFIG_DIR || join(homedir(), '.azure');
  return NAMES.map((name) => join(folder, 'bin', name)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
