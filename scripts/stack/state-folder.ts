/**
 * @module scripts/stack/state-folder
 * The folder with the data of one local stack. One stack at a time owns it.
 */
import {
  accessSync,
  constants,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { BadRequestError, ConflictError, messageOf } from '../../core/errors.ts';

export interface StateFolder {
  path: string;
  /** Gives the folder back; safe to call twice. */
  release(): void;
}

/** Takes the folder, made when it is missing. Throws {@link ConflictError} with the pid of the stack that has it. */
export function takeStateFolder(path: string): StateFolder {
  makeFolder(path);
  const lock = join(path, 'lock');
  const own = join(path, `lock.${process.pid}`);
  writeFileSync(own, String(process.pid));
  try {
    while (!tryLink(own, lock)) {
      const owner = readOwner(lock);
      if (owner !== undefined && isAlive(owner)) {
        throw new ConflictError(
          `${path} is in use by process ${owner}. Stop it, or start with another folder: npm start -- --state DIR`,
        );
      }
      if (owner !== undefined) removeStaleLock(lock, owner);
    }
  } finally {
    rmSync(own, { force: true });
  }
  return {
    path,
    release() {
      if (readOwner(lock) === process.pid) rmSync(lock, { force: true });
    },
  };
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true });
    accessSync(path, constants.W_OK);
    if (!statSync(path).isDirectory()) throw new Error('it is no folder');
  } catch (error) {
    throw new BadRequestError(
      `${path} can't hold the state: ${messageOf(error)}. Name another: npm start -- --state DIR`,
      {
        cause: error,
      },
    );
  }
}

/** Reads a JSON file of the folder, or undefined when it isn't there or is damaged. */
export function readState<T>(folder: string, name: string): T | undefined {
  try {
    return JSON.parse(readFileSync(join(folder, name), 'utf8')) as T;
  } catch {
    return undefined;
  }
}

/** Writes a JSON file of the folder whole or not at all. */
export function writeState(folder: string, name: string, content: unknown): void {
  const temporary = join(folder, `${name}.new`);
  writeFileSync(temporary, `${JSON.stringify(content, null, 2)}\n`);
  renameSync(temporary, join(folder, name));
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

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
