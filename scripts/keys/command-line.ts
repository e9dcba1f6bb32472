/**
 * @module scripts/keys/command-line
 * The command line of `npm run keys`.
 */
import { resolve } from 'node:path';
import { BadRequestError } from '../../core/errors.ts';
import { parseSubcommand } from '../subcommand.ts';

export const KEYS_USAGE = `npm run keys -- COMMAND [options]

  list                 the keys of the local host: names, and what they open; --show their values too
  add NAME             a key for a client, as ios-app; it opens classify and feedback
  rotate NAME          another key in its place; the former one stays good for the time of --grace
  rotate NAME --retire end the former key now
  remove NAME          end a client's key now

A host that runs with --auth takes changes with the next request. On Azure: docs/keys.md.

  --grace TIME   how long the former key is good: 30m, 12h, 7d (default), 0
  --state DIR    state folder of npm start (default .state/)
  --help         show this`;

const OPTIONS = {
  show: { type: 'boolean' },
  retire: { type: 'boolean' },
  grace: { type: 'string' },
} as const;

const COMMANDS = {
  list: { words: [], options: ['show'] },
  add: { words: ['NAME'], options: [] },
  rotate: { words: ['NAME'], options: ['grace', 'retire'] },
  remove: { words: ['NAME'], options: [] },
} as const;
export type Command = keyof typeof COMMANDS;

export interface KeysOptions {
  command: Command;
  /** Empty for list. */
  name: string;
  show: boolean;
  retire: boolean;
  graceSeconds: number;
  stateFolder: string;
}

const SECONDS_OF = { s: 1, m: 60, h: 3600, d: 86_400 };
const LONGEST_GRACE_DAYS = 365;

/** Reads the arguments; relative paths begin at `folder`. Throws {@link BadRequestError} that names what is wrong. */
export function parseKeysOptions(args: string[], { folder }: { folder: string }): KeysOptions | 'help' {
  const parsed = parseSubcommand(args, {
    name: 'keys',
    usage: KEYS_USAGE,
    options: OPTIONS,
    commands: COMMANDS,
  });
  if (parsed === 'help') return 'help';
  const { command, words, values } = parsed;
  if (values.retire && values.grace !== undefined) {
    throw new BadRequestError('--retire ends the former key now: it takes no --grace.');
  }
  return {
    command,
    name: words[0] ?? '',
    show: values.show ?? false,
    retire: values.retire ?? false,
    graceSeconds: parseGrace(values.grace ?? '7d'),
    stateFolder: resolve(folder, values.state ?? '.state'),
  };
}

function parseGrace(text: string): number {
  if (text === '0') return 0;
  const [, count, unit] = /^(\d+)([smhd])$/.exec(text) ?? [];
  const seconds = Number(count) * SECONDS_OF[unit as keyof typeof SECONDS_OF];
  if (seconds <= LONGEST_GRACE_DAYS * SECONDS_OF.d) return seconds;
  throw new BadRequestError(
    `--grace is a time as 30m, 12h or 7d, of ${LONGEST_GRACE_DAYS} days at most, not ${JSON.stringify(text)}.`,
  );
}
