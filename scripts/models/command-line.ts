/**
 * @module scripts/models/command-line
 * The command line of `npm run models`.
 */
import { userInfo } from 'node:os';
import { BadRequestError } from '../../core/errors.ts';
import { parseSubcommand } from '../subcommand.ts';

export const MODELS_USAGE = `npm run models -- COMMAND [options]

  list                           every version, newest first, and what the pointer says
  show V                         one version: gates, figures, moves, how it did as a shadow
  promote V --reason WHY         let V serve, newer or older, once it has answered here
  rollback --reason WHY          back to the last good version that served before; again goes further back
  canary V --share S --reason WHY
                                 give V a share of the traffic, from above 0 to 1
  canary off --reason WHY
  shadow V|off --reason WHY      let V answer beside production, unseen
  compare A B                    two versions on the pictures that both held back
  gc --keep N [--dry-run]        remove the files of all but the newest N versions; those in use stay

V is a version, or production, previous, canary or shadow for the one that is it.

  --by NAME      who does it (default: the name of the user of this machine)
  --json         for programs
  --state DIR    state folder of a running npm start; without it MODEL_STORAGE, else .state/
  --help         show this`;

const OPTIONS = {
  reason: { type: 'string' },
  by: { type: 'string' },
  share: { type: 'string' },
  keep: { type: 'string' },
  'dry-run': { type: 'boolean' },
  json: { type: 'boolean', default: false },
} as const;

/** What each command takes beside `--json`, `--state` and `--help`. */
const COMMANDS = {
  list: { words: [], options: [] },
  show: { words: ['V'], options: [] },
  promote: { words: ['V'], options: ['reason', 'by'] },
  rollback: { words: [], options: ['reason', 'by'] },
  canary: { words: ['V|off'], options: ['share', 'reason', 'by'] },
  shadow: { words: ['V|off'], options: ['reason', 'by'] },
  compare: { words: ['A', 'B'], options: [] },
  gc: { words: [], options: ['keep', 'dry-run', 'reason', 'by'] },
} as const;
export type Command = keyof typeof COMMANDS;

export interface ModelsOptions {
  command: Command;
  /** The words after the command, as many as it takes. */
  words: string[];
  reason: string | undefined;
  by: string | undefined;
  share: number | undefined;
  keep: number | undefined;
  dryRun: boolean;
  json: boolean;
  state: string | undefined;
}

/** Reads the arguments; `help` when that is asked for. Throws {@link BadRequestError} that names what is wrong. */
export function parseModelsOptions(args: string[]): ModelsOptions | 'help' {
  const parsed = parseSubcommand(args, {
    name: 'models',
    usage: MODELS_USAGE,
    options: OPTIONS,
    commands: COMMANDS,
  });
  if (parsed === 'help') return 'help';
  const { command, words, values } = parsed;
  return {
    command,
    words,
    reason: values.reason,
    by: values.by,
    share: numberOf('--share', values.share),
    keep: numberOf('--keep', values.keep),
    dryRun: values['dry-run'] ?? false,
    json: values.json,
    state: values.state,
  };
}

/** Who and why. Throws {@link BadRequestError} when a reason is missing or the system knows no name. */
export function decisionOf({ reason, by }: ModelsOptions): { by: string; reason: string } {
  if (reason === undefined)
    throw new BadRequestError('Say why, for those who read the history: --reason "…"');
  return { by: by ?? userName(), reason };
}

/** The name of who runs this. Throws {@link BadRequestError} where the system knows none, as in some containers. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch (error) {
    throw new BadRequestError("This system doesn't know your name. Give it: --by NAME", { cause: error });
  }
}

function numberOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^(\d+\.?\d*|\.\d+)$/.test(text)) return Number(text);
  throw new BadRequestError(`${name} is a number, not ${JSON.stringify(text)}.`);
}
