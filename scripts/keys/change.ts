/**
 * @module scripts/keys/change
 * What can be done with keys: a new one for a client, another in its place, none any more. Each returns the keys as
 * they are then, and changes nothing itself.
 */
import { BadRequestError, ConflictError, NotFoundError } from '../../core/errors.ts';
import { makeKey } from '../host/key-file.ts';
import { type Keys, kindOf, MASTER_NAME } from '../host/keys.ts';

export interface Change {
  keys: Keys;
  /** The new key, for its owner. */
  key?: string;
  /** Until when the one before it is good. */
  formerUntil?: string;
}

/** Letters, digits, - and _; on Azure too. A leading _ is the host's own. */
const NAME_PATTERN = /^[a-z0-9][\w-]{0,63}$/i;

/** Makes a key that opens functions. Throws {@link BadRequestError} and {@link ConflictError} for a name that can't be taken. */
export function addKey(keys: Keys, name: string): Change {
  if (!NAME_PATTERN.test(name)) {
    throw new BadRequestError(
      `${JSON.stringify(name)} can't be a name: up to 64 letters, digits, - and _, as ios-app.`,
    );
  }
  // `in` would find what every object has: toString.
  if (Object.hasOwn(keys.functionKeys, name) || Object.hasOwn(keys.systemKeys, name)) {
    throw new ConflictError(
      `There is a key ${name} already. Another in its place: npm run keys -- rotate ${name}`,
    );
  }
  const key = makeKey();
  return { keys: { ...keys, functionKeys: { ...keys.functionKeys, [name]: key } }, key };
}

/**
 * Puts a new key in the place of one, which stays good for `graceSeconds`. Throws {@link NotFoundError}, and
 * {@link ConflictError} while an earlier one is still good: its users would be shut out without a warning.
 */
export function rotateKey(
  keys: Keys,
  name: string,
  { graceSeconds, now = Date.now() }: { graceSeconds: number; now?: number },
): Change {
  const old = keyNamed(keys, name);
  const earlier = keys.former?.[name];
  if (earlier !== undefined && Date.parse(earlier.until) > now) {
    throw new ConflictError(
      `The key that ${name} had before is good until ${earlier.until}. End it first: npm run keys -- rotate ${name} --retire`,
    );
  }
  const key = makeKey();
  const changed = withKey(withoutFormer(keys, name), name, key);
  if (graceSeconds === 0) return { keys: changed, key };
  const until = new Date(now + graceSeconds * 1000).toISOString();
  return {
    keys: { ...changed, former: { ...changed.former, [name]: { key: old, until } } },
    key,
    formerUntil: until,
  };
}

/** Ends the key that was there before the last rotation. Throws {@link NotFoundError} when there is none. */
export function retireKey(keys: Keys, name: string): Change {
  keyNamed(keys, name);
  if (keys.former?.[name] === undefined) {
    throw new NotFoundError(`${name} has no former key: npm run keys -- list says what there is.`);
  }
  return { keys: withoutFormer(keys, name) };
}

/** Ends a key of a client at once, and the one before it. Throws {@link NotFoundError}, and {@link BadRequestError} for the host's own. */
export function removeKey(keys: Keys, name: string): Change {
  keyNamed(keys, name);
  if (kindOf(keys, name) !== 'function') {
    throw new BadRequestError(
      `${name} is the host's own and can't be removed. Another in its place: npm run keys -- rotate ${name} --grace 0`,
    );
  }
  const { [name]: _, ...functionKeys } = keys.functionKeys;
  return { keys: { ...withoutFormer(keys, name), functionKeys } };
}

function keyNamed(keys: Keys, name: string): string {
  const all: Record<string, string> = {
    ...keys.functionKeys,
    ...keys.systemKeys,
    [MASTER_NAME]: keys.masterKey,
  };
  if (!Object.hasOwn(all, name)) {
    throw new NotFoundError(
      `There is no key ${JSON.stringify(name)}. There are: ${Object.keys(all).join(', ')}.`,
    );
  }
  return all[name]!;
}

function withKey(keys: Keys, name: string, key: string): Keys {
  switch (kindOf(keys, name)) {
    case 'master':
      return { ...keys, masterKey: key };
    case 'system':
      return { ...keys, systemKeys: { ...keys.systemKeys, [name]: key } };
    case 'function':
      return { ...keys, functionKeys: { ...keys.functionKeys, [name]: key } };
  }
}

function withoutFormer({ former = {}, ...keys }: Keys, name: string): Keys {
  const { [name]: _, ...others } = former;
  return Object.keys(others).length === 0 ? keys : { ...keys, former: others };
}
