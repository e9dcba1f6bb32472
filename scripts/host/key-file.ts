/**
 * @module scripts/host/key-file
 * `keys.json` in the state folder: made with random keys, written whole or not at all, and read again when it changes.
 */
import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Keys } from './keys.ts';
import { type Log, messageOf } from './log.ts';

const OWNER_ONLY = 0o600;

export function keyFileOf(stateFolder: string): string {
  return join(stateFolder, 'keys.json');
}

/** A key as nobody guesses it: 320 bits. */
export function makeKey(): string {
  return randomBytes(40).toString('base64url');
}

/** Reads the keys in `stateFolder`; undefined where there are none. Throws an error that names the file when it is damaged. */
export function readKeys(stateFolder: string): Keys | undefined {
  const path = keyFileOf(stateFolder);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw damaged(path, messageOf(error));
  }
  let keys: unknown;
  try {
    keys = JSON.parse(text);
  } catch (error) {
    throw damaged(path, messageOf(error));
  }
  if (!isKeys(keys))
    throw damaged(path, 'masterKey, functionKeys or systemKeys is missing, or a key is empty');
  return keys;
}

/** Reads the keys in `stateFolder`, or makes random ones that only the owner can read. */
export function loadKeys(stateFolder: string): Keys {
  const found = readKeys(stateFolder);
  if (found) return found;
  const keys: Keys = {
    masterKey: makeKey(),
    functionKeys: { default: makeKey() },
    systemKeys: { blobs_extension: makeKey() },
  };
  mkdirSync(stateFolder, { recursive: true });
  const path = keyFileOf(stateFolder);
  const temporary = writeBeside(path, keys);
  try {
    // Of two who make keys at the same moment, one does; unlike a rename, a link replaces nothing.
    linkSync(temporary, path);
    return keys;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return readKeys(stateFolder)!;
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** Replaces the keys; who reads at this moment gets the old ones or the new ones. */
export function writeKeys(stateFolder: string, keys: Keys): void {
  const path = keyFileOf(stateFolder);
  renameSync(writeBeside(path, keys), path);
}

/** The keys of a host that runs: those of the file as it is now. A file that is damaged or gone changes nothing. */
export class KeyRing {
  private readonly stateFolder: string;
  private readonly log: Log;
  private keys: Keys;
  private seen: string;

  /** Makes keys where there are none. */
  constructor(stateFolder: string, log: Log) {
    this.stateFolder = stateFolder;
    this.log = log;
    this.keys = loadKeys(stateFolder);
    this.seen = this.stamp();
  }

  current(): Keys {
    const stamp = this.stamp();
    if (stamp === this.seen) return this.keys;
    this.seen = stamp;
    try {
      const keys = readKeys(this.stateFolder);
      if (keys === undefined) throw new Error(`${keyFileOf(this.stateFolder)} is gone`);
      this.keys = keys;
      this.log.info('The keys have changed.');
    } catch (error) {
      this.log.warn(`${messageOf(error)} The keys stay as they were until the host starts again.`);
    }
    return this.keys;
  }

  /** Changes with every write: a rename brings another inode, an editor another time. */
  private stamp(): string {
    const stat = statSync(keyFileOf(this.stateFolder), { bigint: true, throwIfNoEntry: false });
    return stat === undefined ? 'none' : `${stat.ino} ${stat.mtimeNs} ${stat.size}`;
  }
}

function writeBeside(path: string, keys: Keys): string {
  const temporary = `${path}.${process.pid}.new`;
  writeFileSync(temporary, `${JSON.stringify(keys, null, 2)}\n`, { mode: OWNER_ONLY });
  return temporary;
}

function damaged(path: string, why: string): Error {
  return new Error(`${path} can't be read: ${why}. Delete it to get new keys.`);
}

function isKeys(value: unknown): value is Keys {
  const { masterKey, functionKeys, systemKeys, former = {} } = (value ?? {}) as Partial<Keys>;
  const isKey = (key: unknown) => typeof key === 'string' && key !== '';
  const isNamed = (group: unknown) =>
    typeof group === 'object' && group !== null && Object.values(group).every(isKey);
  const isFormer = (entry: unknown) => {
    const { key, until } = (entry ?? {}) as Record<string, unknown>;
    return isKey(key) && typeof until === 'string' && !Number.isNaN(Date.parse(until));
  };
  return (
    isKey(masterKey) && isNamed(functionKeys) && isNamed(systemKeys) && Object.values(former).every(isFormer)
  );
}
