/**
 * @module scripts/stack/child
 * A process that belongs to the local stack: started, watched, stopped, and never left behind.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface ChildOptions {
  name: string;
  command: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  cwd: string;
  log: (line: string) => void;
}

export interface Child {
  /** Resolves when the process has ended, however; to what it ended with. */
  ended: Promise<string>;
  /** SIGTERM, and SIGKILL when it takes longer than `graceMs`. Resolves when it is gone. */
  stop(graceMs?: number): Promise<void>;
}

/** Starts a process whose output goes to `log` line by line. */
export function startChild({ name, command, args, env, cwd, log }: ChildOptions): Child {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', log);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(`${name} can't be started: ${error.message}`));
    child.once('exit', (code, signal) => resolve(`${name} ended (${signal ?? `exit code ${code}`})`));
  });
  return { ended, stop: (graceMs = 10_000) => stop(child, graceMs) };
}

async function stop(child: ChildProcess, graceMs: number): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const kill = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await exit;
  clearTimeout(kill);
}
