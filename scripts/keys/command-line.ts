/**
 * @module scripts/keys/command-line
 * The command line of `npm run keys`.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { BadRequestError } from '../../core/errors.ts';

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

const COMMANDS = {
  list: { words: 0, options: ['show'] },
  add: { words: 1, options: [] },
  rotate: { words: 1, options: ['grace', 'retire'] },
  remove: { words: 1, options: [] },
} as const satisfies Record<string, { words: number; options: readonly string[] }>;
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
  const { values, positionals } = parse(args);
  if (values.help) return 'help';
  const [command, ...words] = positionals;
  if (command === undefined) throw new BadRequestError(`A command is missing.\n\n${KEYS_USAGE}`);
  if (!isCommand(command)) {
    throw new BadRequestError(`There is no command ${JSON.stringify(command)}.\n\n${KEYS_USAGE}`);
  }
  const shape = COMMANDS[command];
  if (words.length !== shape.words) {
    const form = shape.words === 0 ? 'nothing after it' : `one name: npm run keys -- ${command} NAME`;
    throw new BadRequestError(`${command} takes ${form}`);
  }
  const allowed: readonly string[] = [...shape.options, 'state', 'help'];
  const foreign = Object.keys(values).find((name) => !allowed.includes(name));
  if (foreign !== undefined) throw new BadRequestError(`${command} takes no --${foreign}.`);
  if (values.retire && values.grace !== undefined) {
    throw new BadRequestError('--retire ends the former key now: it takes no --grace.');
  }
  if (values.state === '') throw new BadRequestError('--state is empty. Name a folder.');
  return {
    command,
    name: words[0] ?? '',
    show: values.show ?? false,
    retire: values.retire ?? false,
    graceSeconds: parseGrace(values.grace ?? '7d'),
    stateFolder: resolve(folder, values.state ?? '.state'),
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        show: { type: 'boolean' },
        retire: { type: 'boolean' },
        grace: { type: 'string' },
        state: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    throw new BadRequestError(`${(error as Error).message}\n\n${KEYS_USAGE}`, { cause: error });
  }
}

function isCommand(text: string): text is Command {
  return Object.hasOwn(COMMANDS, text);
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
