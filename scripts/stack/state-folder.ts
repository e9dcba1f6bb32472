/**
 * @module scripts/stack/state-folder
 * The folder with the data of one local stack. One stack at a time owns it.
 */
import {
  accessSync,
  constants,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { BadRequestError, ConflictError, messageOf } from '../../core/errors.ts';
import { takeLock } from '../../core/lock-file.ts';

export interface StateFolder {
  path: string;
  /** Gives the folder back; safe to call twice. */
  release(): void;
}

/** There while a service answers; one that was killed leaves it behind. */
export const SERVICE_FILE = 'service.json';

/** What {@link SERVICE_FILE} holds. */
export interface ServiceState {
  /** Without `/api`. */
  url: string;
  /** Whether it asks for keys. */
  auth: boolean;
}

/** Takes the folder, made when it is missing. Throws {@link ConflictError} with the pid of the stack that has it. */
export function takeStateFolder(path: string): StateFolder {
  makeFolder(path);
  const lock = takeLock(join(path, 'lock'));
  if ('owner' in lock) {
    throw new ConflictError(
      `${path} is in use by process ${lock.owner}. Stop it, or start with another folder: npm start -- --state DIR`,
    );
  }
  return { path, release: lock.release };
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

/** Removes a file of the folder, if it is there. */
export function removeState(folder: string, name: string): void {
  rmSync(join(folder, name), { force: true });
}
