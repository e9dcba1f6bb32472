/**
 * @module scripts/stack/ports
 * Finding ports that are free on 127.0.0.1.
 */
import { createServer } from 'node:net';
import { ConflictError } from '../../core/errors.ts';

const PORTS_TRIED = 100;

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

/** Returns `port` when it is free. Throws {@link ConflictError} that names it. */
export async function claimPort(port: number, remedy: string): Promise<number> {
  if (await isFree(port)) return port;
  throw new ConflictError(`Port ${port} is taken. ${remedy}`);
}

/** The first free port from `first` on, leaving out those in `except`. */
export async function nextFreePort(first: number, except: readonly number[] = []): Promise<number> {
  for (let port = first; port < first + PORTS_TRIED; port++) {
    if (!except.includes(port) && (await isFree(port))) return port;
  }
  throw new ConflictError(
    `No free port from ${first} to ${first + PORTS_TRIED - 1}. Name one with --port N.`,
  );
}
