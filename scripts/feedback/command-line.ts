/**
 * @module scripts/feedback/command-line
 * The command line of `npm run feedback`.
 */
import { BadRequestError } from '../../core/errors.ts';
import { type FeedbackRecord, parseFeedbackId } from '../../core/feedback/record.ts';
import { parseSubcommand } from '../subcommand.ts';

export const FEEDBACK_USAGE = `npm run feedback -- COMMAND [options]

  list [--review pending|accepted|rejected]
                                 what people said the right answer would have been, oldest first
  show ID                        one piece of it
  sheet [--review …] [--out FILE]
                                 a page with the pictures, without --review those that wait for one (feedback.html)
  accept ID... [--label BREED] [--reason WHY]
                                 the pictures become training data, as BREED instead of what came with them
  reject ID... [--reason WHY]    they don't, or not any more

ID is what POST /api/feedback answered; its beginning is enough where only one has it.

  --by NAME      who reviews (default: the name of the user of this machine)
  --json         for programs
  --state DIR    state folder of a running npm start; without it MODEL_STORAGE, else .state/
  --help         show this`;

const OPTIONS = {
  review: { type: 'string' },
  label: { type: 'string' },
  reason: { type: 'string' },
  by: { type: 'string' },
  out: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

const COMMANDS = {
  list: { words: [], options: ['review'] },
  show: { words: ['ID'], options: [] },
  sheet: { words: [], options: ['out', 'review'] },
  accept: { words: ['ID...'], options: ['label', 'reason', 'by'] },
  reject: { words: ['ID...'], options: ['reason', 'by'] },
} as const;
export type FeedbackCommand = keyof typeof COMMANDS;

/** What people call the states of a review. */
const REVIEWS = { pending: 'new', accepted: 'accepted', rejected: 'rejected' } as const;

/** {@link REVIEWS} the other way round. */
export function nameOfState(state: FeedbackRecord['state']): string {
  return Object.entries(REVIEWS).find(([, one]) => one === state)![0];
}

export interface FeedbackOptions {
  command: FeedbackCommand;
  /** Whole ids, or their beginnings. */
  ids: string[];
  /** Only feedback in this state. */
  review: FeedbackRecord['state'] | undefined;
  label: string | undefined;
  reason: string | undefined;
  by: string | undefined;
  out: string;
  json: boolean;
  /** State folder of a running npm start. */
  state: string | undefined;
}

/** Reads the arguments; `help` when that is asked for. Throws {@link BadRequestError} that names what is wrong. */
export function parseFeedbackOptions(args: string[]): FeedbackOptions | 'help' {
  const parsed = parseSubcommand(args, {
    name: 'feedback',
    usage: FEEDBACK_USAGE,
    options: OPTIONS,
    commands: COMMANDS,
  });
  if (parsed === 'help') return 'help';
  const { command, words, values } = parsed;
  return {
    command,
    ids: words.map(checkBeginning),
    review: values.review === undefined ? undefined : reviewOf(values.review),
    label: values.label,
    reason: values.reason,
    by: values.by,
    out: values.out ?? 'feedback.html',
    json: values.json,
    state: values.state,
  };
}

function checkBeginning(id: string): string {
  if (/^\d{8}-[0-9a-f]{0,31}$/.test(id)) return id;
  return parseFeedbackId(id);
}

function reviewOf(text: string): FeedbackRecord['state'] {
  const state = Object.hasOwn(REVIEWS, text) ? REVIEWS[text as keyof typeof REVIEWS] : undefined;
  if (state !== undefined) return state;
  throw new BadRequestError(`--review is ${Object.keys(REVIEWS).join(', ')}, not ${JSON.stringify(text)}.`);
}
