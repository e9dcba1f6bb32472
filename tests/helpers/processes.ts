/**
 * @module tests/helpers/processes
 * Child processes of tests: started, listened to, and never left behind.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export const ROOT = join(__dirname, '../..');

export interface Running {
  pid: number;
  /** Everything that it printed so far. */
  output(): string;
  /** Resolves with the first match in what it prints; throws with its output when it ends before. */
  until(pattern: RegExp): Promise<RegExpMatchArray>;
  signal(signal: NodeJS.Signals): void;
  /** Resolves with its exit code when it has ended. */
  ended: Promise<number | null>;
}

const running = new Set<ChildProcess>();

/** Starts this Node.js with `args` in the root of the repository. */
export function startNode(args: string[], env: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
    cwd: ROOT,
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child);
    return code as number | null;
  });
  return {
    pid: child.pid!,
    output: () => output,
    async until(pattern) {
      let over = false;
      ended.then(() => {
        over = true;
      });
      for (;;) {
        const found = output.match(pattern);
        if (found) return found;
        if (over) throw new Error(`It ended without ${pattern}:\n${output}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    signal: (signal) => child.kill(signal),
    ended,
  };
}

/** Runs a script to its end. Throws with its output unless it ends with code 0. */
export async function runNode(args: string[], env: Record<string, string> = {}): Promise<string> {
  const process_ = startNode(args, env);
  const code = await process_.ended;
  if (code !== 0) throw new Error(`${args[0]} ended with ${code}:\n${process_.output()}`);
  return process_.output();
}

/** Ends all that is still running, for `afterAll`. */
export async function stopAll(): Promise<void> {
  await Promise.all(
    [...running].map(async (child) => {
      const closed = once(child, 'close');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await closed;
      clearTimeout(timer);
    }),
  );
}

/** Asks until `check` gives something. The test's own time-out is the bound. */
export async function eventually<T>(check: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await check();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
