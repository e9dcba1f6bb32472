/**
 * @module scripts/subcommand
 * `npm run NAME -- COMMAND WORD... --option`: the command lines of what has several commands.
 */
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { BadRequestError } from '../core/errors.ts';

type Options = NonNullable<ParseArgsConfig['options']>;

const SHARED = { state: { type: 'string' }, help: { type: 'boolean', default: false } } as const;

interface Shape<Option> {
  /** What follows the command, as the usage calls it. There may be more of a last one that ends in `...`. */
  words: readonly string[];
  options: readonly Option[];
}

interface CommandLine<Command extends string, Own extends Options> {
  /** The script of package.json. */
  name: string;
  usage: string;
  /** Beside `--state` and `--help`. One that no command names is taken by all. */
  options: Own;
  commands: Record<Command, Shape<keyof Own>>;
}

type Values<Own extends Options> = ReturnType<
  typeof parseArgs<{ options: Own & typeof SHARED; allowPositionals: true }>
>['values'];

interface Parsed<Command, Own extends Options> {
  command: Command;
  /** As many as the command takes. */
  words: string[];
  values: Values<Own>;
}

/** Reads the arguments; `help` when that is asked for. Throws {@link BadRequestError} that names what is wrong. */
export function parseSubcommand<Command extends string, const Own extends Options>(
  args: string[],
  line: CommandLine<Command, Own>,
): Parsed<Command, Own> | 'help' {
  const { usage, commands } = line;
  const { values, positionals } = parse(args, line);
  const { help, state } = values as { help: boolean; state?: string };
  if (help) return 'help';
  const [command, ...words] = positionals;
  if (command === undefined) throw new BadRequestError(`A command is missing.\n\n${usage}`);
  if (!isOneOf(commands, command)) {
    throw new BadRequestError(`There is no command ${JSON.stringify(command)}.\n\n${usage}`);
  }
  checkWords(line.name, command, words, commands[command].words);
  const foreign = Object.keys(values).find(
    (name) => !commands[command].options.includes(name) && isOfSome(commands, name),
  );
  if (foreign !== undefined) throw new BadRequestError(`${command} takes no --${foreign}.`);
  if (state === '') throw new BadRequestError('--state is empty. Name a folder.');
  return { command, words, values };
}

function parse<Own extends Options>(args: string[], { usage, options }: CommandLine<string, Own>) {
  try {
    return parseArgs({ args, options: { ...options, ...SHARED }, allowPositionals: true });
  } catch (error) {
    // Node.js' own words on this are about options that look alike.
    const unvalued = /^Option '(--[\w-]+)[^']*' argument (is )?(missing|ambiguous)/.exec(
      (error as Error).message,
    );
    const [sentence] = (error as Error).message.split('. ');
    const fault = unvalued ? `${unvalued[1]} needs a text after it.` : `${sentence!.replace(/\.$/, '')}.`;
    throw new BadRequestError(`${fault}\n\n${usage}`, { cause: error });
  }
}

function isOneOf<Command extends string>(commands: Record<Command, unknown>, text: string): text is Command {
  return Object.hasOwn(commands, text);
}

function isOfSome(commands: Record<string, Shape<PropertyKey>>, option: string): boolean {
  return Object.values(commands).some(({ options }) => options.includes(option));
}

function checkWords(name: string, command: string, words: readonly string[], shape: readonly string[]): void {
  const count = shape.length;
  const isOpen = shape.at(-1)?.endsWith('...') ?? false;
  if (isOpen ? words.length >= count : words.length === count) return;
  const some = count === 0 ? 'nothing' : count === 1 ? 'one word' : `${count} words`;
  const form = ['npm run', name, '--', command, ...shape].join(' ');
  throw new BadRequestError(`${command} takes ${some}${isOpen ? ' or more' : ''} after it: ${form}`);
}
