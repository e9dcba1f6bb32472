/**
 * @module scripts/host/keys
 * Access keys, kept in `keys.json` in the state folder, and who may call what with which of them.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';

export interface Keys {
  masterKey: string;
  functionKeys: Record<string, string>;
  systemKeys: Record<string, string>;
}

/** What a key opens; `system` names the extension it belongs to. */
export type KeyKind = 'master' | 'function' | 'system' | undefined;

/** Reads the keys in `stateFolder`, or makes random ones that only the owner can read. */
export function loadKeys(stateFolder: string): Keys {
  const path = join(stateFolder, 'keys.json');
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw new Error(`${path} can't be read: ${(error as Error).message}. Delete it to get new keys.`);
    }
  }
  const makeKey = () => randomBytes(40).toString('base64url');
  const keys: Keys = {
    masterKey: makeKey(),
    functionKeys: { default: makeKey() },
    systemKeys: { blobs_extension: makeKey() },
  };
  mkdirSync(stateFolder, { recursive: true });
  writeFileSync(path, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
  return keys;
}

/** The key of a request: the header wins over the query, also when it is wrong. */
export function keyOf(request: IncomingMessage, query: URLSearchParams): string | undefined {
  const header = request.headers['x-functions-key'];
  return (Array.isArray(header) ? header[0] : header) || query.get('code') || undefined;
}

/** What the presented key is. Every key is compared, in constant time, whatever came before. */
export function classifyKey(keys: Keys, presented: string | undefined): KeyKind {
  if (presented === undefined) return undefined;
  const kinds: KeyKind[] = [];
  const compare = (key: string, kind: KeyKind) => {
    if (timingSafeEqual(digest(key), digest(presented))) kinds.push(kind);
  };
  compare(keys.masterKey, 'master');
  for (const key of Object.values(keys.functionKeys)) compare(key, 'function');
  for (const key of Object.values(keys.systemKeys)) compare(key, 'system');
  return kinds[0];
}

/** Whether a key opens an HTTP function of this level. Anything else is answered with an empty 401. */
export function opensFunction(level: string, kind: KeyKind): boolean {
  switch (level.toLowerCase()) {
    case 'anonymous':
      return true;
    case 'admin':
      return kind === 'master';
    default:
      return kind === 'master' || kind === 'function';
  }
}

/** Equal lengths for timingSafeEqual, which throws otherwise. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
