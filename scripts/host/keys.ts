/**
 * @module scripts/host/keys
 * Access keys: whose a presented one is, and what it opens.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** A key that was replaced and is still good for a while. */
export interface FormerKey {
  key: string;
  /** ISO time. */
  until: string;
}

export interface Keys {
  masterKey: string;
  functionKeys: Record<string, string>;
  systemKeys: Record<string, string>;
  /** By the name of the key that took its place. */
  former?: Record<string, FormerKey>;
}

/** The name of the master key, as the real host has it. */
export const MASTER_NAME = '_master';

/** What a key opens; `system` names the extension it belongs to. */
export type KeyKind = 'master' | 'function' | 'system' | undefined;

/** A key that is known: what may be said of it in a log. */
export interface KnownKey {
  kind: NonNullable<KeyKind>;
  name: string;
  /** Until when it is good, where another one took its place. */
  until?: string;
}

/** The key of a request: the header wins over the query, also when it is wrong. */
export function keyOf(request: IncomingMessage, query: URLSearchParams): string | undefined {
  const header = request.headers['x-functions-key'];
  return (Array.isArray(header) ? header[0] : header) || query.get('code') || undefined;
}

/** Which key the presented one is. Every key is compared, in constant time, whatever came before. */
export function identifyKey(
  keys: Keys,
  presented: string | undefined,
  now = Date.now(),
): KnownKey | undefined {
  if (presented === undefined) return undefined;
  const found: KnownKey[] = [];
  const compare = (key: string, known: KnownKey) => {
    if (timingSafeEqual(digest(key), digest(presented))) found.push(known);
  };
  compare(keys.masterKey, { kind: 'master', name: MASTER_NAME });
  for (const [name, key] of Object.entries(keys.functionKeys)) compare(key, { kind: 'function', name });
  for (const [name, key] of Object.entries(keys.systemKeys)) compare(key, { kind: 'system', name });
  for (const [name, { key, until }] of Object.entries(keys.former ?? {})) {
    compare(key, { kind: kindOf(keys, name), name, until });
  }
  return found.find(({ until }) => until === undefined || Date.parse(until) > now);
}

/** Of the key with this name. */
export function kindOf(keys: Keys, name: string): NonNullable<KeyKind> {
  if (name === MASTER_NAME) return 'master';
  return Object.hasOwn(keys.systemKeys, name) ? 'system' : 'function';
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
