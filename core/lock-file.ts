/**
 * @module core/lock-file
 * A file that one process at a time of this machine has. Who died is known by the process id, so no lock outlives
 * its owner.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

export interface Lock {
  /** Gives it back; safe to call twice. */
  release(): void;
}

/** Takes the lock `path`, in a folder that exists, or says which process has it. */
export function takeLock(path: string): Lock | { owner: number } {
  const own = `${path}.${process.pid}`;
  writeFileSync(own, String(process.pid));
  try {
    while (!tryLink(own, path)) {
      const owner = readOwner(path);
      if (owner !== undefined && isAlive(owner)) return { owner };
      if (owner !== undefined) removeStaleLock(path, owner);
    }
  } finally {
    rmSync(own, { force: true });
  }
  return {
    release() {
      if (readOwner(path) === process.pid) rmSync(path, { force: true });
    },
  };
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Removes the lock of a dead owner. It is moved away first: of two that find it, one gets it; and what turns
 * out to be the fresh lock of the other goes back.
 */
function removeStaleLock(lock: string, owner: number): void {
  const stale = `${lock}.stale.${process.pid}`;
  try {
    renameSync(lock, stale);
    if (readOwner(stale) !== owner) linkSync(stale, lock);
  } catch {
    // Somebody else was faster; the next look tells.
  } finally {
    rmSync(stale, { force: true });
  }
}

function readOwner(lock: string): number | undefined {
  try {
    return Number(readFileSync(lock, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

/** Whether a process of this machine still runs, be it another user's. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
