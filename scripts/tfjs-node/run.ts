/**
 * @module scripts/tfjs-node/run
 * Runs the programs that the set-up needs.
 */
import { spawn } from 'node:child_process';

/** A step that can't be done on this machine; the message says what is missing. Nothing is broken by it. */
export class MissingError extends Error {}

/** Output that is kept of a program that fails. */
const KEPT = 2000;

/**
 * Runs a program to its end; resolves with what it wrote to standard output. Throws {@link MissingError} when it
 * isn't there, `orElse` being what then is missing, or when it fails.
 */
export function run(
  program: string,
  args: readonly string[],
  { cwd, orElse }: { cwd?: string; orElse: string },
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...(cwd ? { cwd } : {}), stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      errors = `${errors}${chunk}`.slice(-KEPT);
    });
    child.on('error', () => reject(new MissingError(orElse)));
    child.on('close', (code) => {
      if (code === 0) return resolve(output);
      const lines = errors.trim().split('\n');
      // The first line that says error: the last ones are advice, or a pip that wants to be newer.
      const reason = lines.find((line) => /error/i.test(line)) ?? lines.at(-1) ?? `exit code ${code}`;
      reject(new MissingError(`${orElse} (${program}: ${reason.trim().slice(0, 200)})`));
    });
  });
}
