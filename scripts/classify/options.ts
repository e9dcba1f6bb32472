/**
 * @module scripts/classify/options
 * The command line of `npm run classify`.
 */
import { parseArgs } from 'node:util';
import { BadRequestError } from '../../core/errors.ts';

export const CLASSIFY_USAGE = `npm run classify -- PHOTO|FOLDER… [options]

Sends photographs, and those in folders and below them, to a running service, and prints a table of their breeds.

  --csv FILE     write a CSV in place of the table
  --html FILE    write a page with the pictures, their breeds and scores
  --url URL      the service; without it the npm start that runs on this machine
  --key KEY      key of the service; PAWPRINT_KEY in the environment does too, and isn't seen in a list of processes
  --state DIR    state folder of the npm start that is meant (default .state/)
  --help         show this

Ends with 0 when each photograph was answered, 1 when one or more were not (their rows say why), 2 for wrong words
and for an address where nothing listens.`;

export interface ClassifyCommandOptions {
  /** Photographs and folders as they were named, at least one. */
  paths: string[];
  csv: string | undefined;
  html: string | undefined;
  url: string | undefined;
  key: string | undefined;
  state: string | undefined;
}

/** Reads the arguments; `help` when that is asked for. Throws {@link BadRequestError} that names what is wrong. */
export function parseClassifyOptions(args: string[]): ClassifyCommandOptions | 'help' {
  const { values, positionals: paths } = parse(args);
  if (values.help) return 'help';
  if (paths.length === 0) throw new BadRequestError(`Which photographs?\n\n${CLASSIFY_USAGE}`);
  for (const name of ['csv', 'html', 'url', 'key', 'state'] as const) {
    if (values[name] === '') throw new BadRequestError(`--${name} is empty.`);
  }
  const { csv, html, url, key, state } = values;
  if (url !== undefined && !/^https?:\/\/./i.test(url)) {
    throw new BadRequestError(`--url is an address as https://pets.example.org, not ${JSON.stringify(url)}.`);
  }
  if (url !== undefined && state !== undefined) {
    throw new BadRequestError('--url and --state both name a service. Give one of them.');
  }
  return { paths, csv, html, url, key, state };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        csv: { type: 'string' },
        html: { type: 'string' },
        url: { type: 'string' },
        key: { type: 'string' },
        state: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new BadRequestError(`${(error as Error).message}\n\n${CLASSIFY_USAGE}`, { cause: error });
  }
}
