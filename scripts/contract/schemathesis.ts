/**
 * @module scripts/contract/schemathesis
 * Schemathesis (PyPI), which tests a service by its OpenAPI document, in a folder of its own in the user's cache folder.
 */
import { spawn } from 'node:child_process';
import { findPythonTool } from '../python-tool.ts';
import { MissingError, run } from '../tfjs-node/run.ts';

/** What the service was made to pass. Another version may look for more. */
export const SCHEMATHESIS = '4.32.5';

export interface Outcome {
  code: number | null;
  isLate: boolean;
}

/**
 * The interpreter of a virtual environment with Schemathesis, made at the first call (95 MB, once). Throws
 * {@link MissingError} that says what this machine lacks.
 */
export async function findSchemathesis({ log }: { log: (line: string) => void }): Promise<string> {
  const tool = { title: 'Schemathesis', name: 'schemathesis', version: SCHEMATHESIS };
  const { python, folder } = await findPythonTool(tool, { log });
  await run(python, ['-c', 'import schemathesis'], {
    orElse: `Schemathesis does not run. Delete ${folder}, so that it is installed anew`,
  });
  return python;
}

/** Runs it to its end, or to the end of its time, with its output to ours. */
export function runSchemathesis(
  python: string,
  {
    args,
    env,
    cwd,
    seconds,
    signal,
  }: { args: string[]; env: Record<string, string>; cwd: string; seconds: number; signal: AbortSignal },
): Promise<Outcome> {
  const child = spawn(python, ['-m', 'schemathesis.cli', ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill('SIGKILL');
  }, seconds * 1000);
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new MissingError(`${python} can't be started: ${error.message}`)));
    child.once('close', (code) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      resolve({ code, isLate });
    });
  });
}
