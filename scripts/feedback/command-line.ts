/**
 * @module scripts/feedback/command-line
 * The command line of `npm run feedback`.
 */
import { parseArgs } from 'node:util';
import { BadRequestError } from '../../core/errors.ts';
import { type FeedbackRecord, parseFeedbackId } from '../../core/feedback/record.ts';

export const FEEDBACK_USAGE = `npm run feedback -- COMMAND [options]

  list [--state pending|accepted|rejected]
                                 what people said the right answer would have been, oldest first
  show ID                        one piece of it
  sheet [--out FILE]             a page with the pictures that wait for a review (feedback.html)
  accept ID... [--label BREED] [--reason WHY]
                                 the pictures become training data, as BREED instead of what came with them
  reject ID... [--reason WHY]    they don't, or not any more

ID is what POST /api/feedback answered; its beginning is enough where only one has it.

  --by NAME      who reviews (default: the name of the user of this machine)
  --json         for programs
  --state-folder DIR
                 state folder of a running npm start; without it MODEL_STORAGE, else .state/
  --help         show this`;

const OPTIONS = {
  state: { type: 'string' },
  label: { type: 'string' },
  reason: { type: 'string' },
  by: { type: 'string' },
  out: { type: 'string' },
  json: { type: 'boolean', default: false },
  'state-folder': { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;
type Option = keyof typeof OPTIONS;

/** How many ids each command takes, and what beside `--json`, `--state-folder` and `--help`. */
const COMMANDS = {
  list: { ids: 'none', options: ['state'] },
  show: { ids: 'one', options: [] },
  sheet: { ids: 'none', options: ['out', 'state'] },
  accept: { ids: 'some', options: ['label', 'reason', 'by'] },
  reject: { ids: 'some', options: ['reason', 'by'] },
} as const satisfies Record<string, { ids: 'none' | 'one' | 'some'; options: readonly Option[] }>;
export type FeedbackCommand = keyof typeof COMMANDS;

/** What people call the states. */
const STATES: Record<string, FeedbackRecord['state']> = {
  pending: 'new',
  accepted: 'accepted',
  rejected: 'rejected',
};

export interface FeedbackOptions {
  command: FeedbackCommand;
  /** Whole ids, or their beginnings. */
  ids: string[];
  state: FeedbackRecord['state'] | undefined;
  label: string | undefined;
  reason: string | undefined;
  by: string | undefined;
  out: string;
  json: boolean;
  stateFolder: string | undefined;
}

/** Reads the arguments; `help` when that is asked for. Throws {@link BadRequestError} that names what is wrong. */
export function parseFeedbackOptions(args: string[]): FeedbackOptions | 'help' {
  const { values, positionals } = parse(args);
  if (values.help) return 'help';
  const [command, ...ids] = positionals;
  if (command === undefined) throw new BadRequestError(`A command is missing.\n\n${FEEDBACK_USAGE}`);
  if (!isCommand(command)) {
    throw new BadRequestError(`There is no command ${JSON.stringify(command)}.\n\n${FEEDBACK_USAGE}`);
  }
  const shape = COMMANDS[command];
  const fits = shape.ids === 'some' ? ids.length > 0 : ids.length === (shape.ids === 'one' ? 1 : 0);
  if (!fits) {
    const taken = { none: 'nothing', one: 'one id', some: 'one id or several' }[shape.ids];
    throw new BadRequestError(`${command} takes ${taken} after it.\n\n${FEEDBACK_USAGE}`);
  }
  const allowed: readonly string[] = [...shape.options, 'json', 'state-folder', 'help'];
  const foreign = Object.keys(values).find((name) => !allowed.includes(name));
  if (foreign !== undefined) throw new BadRequestError(`${command} takes no --${foreign}.`);
  return {
    command,
    ids: ids.map(checkBeginning),
    state: values.state === undefined ? undefined : stateOf(values.state),
    label: values.label,
    reason: values.reason,
    by: values.by,
    out: values.out ?? 'feedback.html',
    json: values.json,
    stateFolder: values['state-folder'],
  };
}

function checkBeginning(id: string): string {
  if (/^\d{8}-[0-9a-f]{0,31}$/.test(id)) return id;
  return parseFeedbackId(id);
}

function stateOf(text: string): FeedbackRecord['state'] {
  const state = Object.hasOwn(STATES, text) ? STATES[text] : undefined;
  if (state !== undefined) return state;
  throw new BadRequestError(`--state is ${Object.keys(STATES).join(', ')}, not ${JSON.stringify(text)}.`);
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new BadRequestError(`${(error as Error).message}\n\n${FEEDBACK_USAGE}`, { cause: error });
  }
}

function isCommand(text: string): text is FeedbackCommand {
  return Object.hasOwn(COMMANDS, text);
}
