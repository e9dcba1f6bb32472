/**
 * @module scripts/stack/options
 * The command line of `npm start`.
 */
import { isAbsolute, join } from 'node:path';
import { parseArgs } from 'node:util';
import { BadRequestError } from '../../core/errors.ts';
import { ROOT } from '../paths.ts';

export const USAGE = `npm start -- [options]

  --port N       port of the service; without it 7071, else the next free one
  --state DIR    where data, ports and keys are kept (default .state/)
  --auth         ask for keys, as Azure does; they are in keys.json of the state folder,
                 and npm run keys makes one for each client
  --inspect [N]  open a port for a debugger (default 9229)
  --host NAME    own (small, for development and tests) or func (Azure Functions Core Tools);
                 without it func where it is installed
  --help         show this`;

export interface StartOptions {
  port: number | undefined;
  stateFolder: string;
  auth: boolean;
  inspectPort: number | undefined;
  host: 'own' | 'func' | undefined;
  help: boolean;
}

/** Reads the arguments. Throws {@link BadRequestError} that names the one that is wrong. */
export function parseStartOptions(args: string[]): StartOptions {
  const { values } = parse(args.flatMap(withInspectPort));
  const { host } = values;
  if (host !== undefined && host !== 'own' && host !== 'func') {
    throw new BadRequestError(`--host is own or func, not ${JSON.stringify(host)}.`);
  }
  const state = values.state ?? '.state';
  if (state === '') throw new BadRequestError('--state is empty. Name a folder.');
  return {
    port: values.port === undefined ? undefined : parsePort('--port', values.port),
    stateFolder: isAbsolute(state) ? state : join(process.env.INIT_CWD ?? ROOT, state),
    auth: values.auth,
    inspectPort: values.inspect === undefined ? undefined : parsePort('--inspect', values.inspect),
    host,
    help: values.help,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        port: { type: 'string' },
        state: { type: 'string' },
        auth: { type: 'boolean', default: false },
        inspect: { type: 'string' },
        host: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new BadRequestError(`${(error as Error).message}\n\n${USAGE}`, { cause: error });
  }
}

/** `--inspect` may stand alone, as Node's own does; parseArgs knows no optional values. */
function withInspectPort(argument: string, index: number, all: string[]): string[] {
  const standsAlone = argument === '--inspect' && !/^\d+$/.test(all[index + 1] ?? '');
  return standsAlone ? ['--inspect=9229'] : [argument];
}

function parsePort(name: string, text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new BadRequestError(`${name} is a port from 1 to 65535, not ${JSON.stringify(text)}.`);
}
