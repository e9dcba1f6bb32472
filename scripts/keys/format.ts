/**
 * @module scripts/keys/format
 * What `npm run keys` prints. A key is shown once, to be handed on; later only with --show.
 */
import { type Keys, kindOf, MASTER_NAME } from '../host/keys.ts';
import { formatTable } from '../models/table.ts';
import type { Change } from './change.ts';
import type { KeysOptions } from './command-line.ts';

const OPENS = {
  master: 'everything: models, promote, rollback, /admin',
  function: 'classify and feedback',
  system: 'the webhook of Event Grid',
};

/** A table of the keys by name; their values too where `show` says so. */
export function formatKeys(
  keys: Keys,
  { show, now = Date.now() }: { show: boolean; now?: number },
): string[] {
  const all = { ...keys.functionKeys, [MASTER_NAME]: keys.masterKey, ...keys.systemKeys };
  const rows = Object.entries(all).map(([name, key]) => {
    const former = keys.former?.[name];
    const isGood = former !== undefined && Date.parse(former.until) > now;
    return [name, OPENS[kindOf(keys, name)], isGood ? `until ${former.until}` : '-', ...(show ? [key] : [])];
  });
  return formatTable([['NAME', 'OPENS', 'FORMER KEY', ...(show ? ['KEY'] : [])], ...rows]);
}

/** What was done, the new key in a line of its own, and what is to be done next. */
export function formatChange(
  { key, formerUntil }: Change,
  { command, name, retire }: Pick<KeysOptions, 'command' | 'name' | 'retire'>,
): string[] {
  if (command === 'remove') return [`${name} opens nothing any more.`];
  if (retire) return [`The former key of ${name} opens nothing any more.`];
  const head =
    command === 'add' ? `The key of ${name}, sent as the header x-functions-key:` : `The new key of ${name}:`;
  const former =
    formerUntil === undefined
      ? 'The former key opens nothing any more.'
      : `The former one is good until ${formerUntil}. The host's log says while it is still used; to end it: npm run keys -- rotate ${name} --retire`;
  return [head, '', `  ${key}`, '', ...(command === 'rotate' ? [former] : [])];
}
