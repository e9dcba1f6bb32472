/**
 * @module scripts/smoke/command-line
 * The command line of `npm run smoke`, and the key or token in its environment.
 */
import { parseArgs } from 'node:util';
import { messageOf } from '../../core/errors.ts';
import type { SmokeOptions } from './smoke-test.ts';

const USAGE = `Usage: npm run smoke -- ADDRESS [--auth key|none|token] [--wait SECONDS] [--allow-no-model]

  --auth key          classify asks for a key, which is in SMOKE_KEY (the default)
  --auth none         classify asks for nothing: CLASSIFY_AUTH_LEVEL=anonymous, or npm start without --auth
  --auth token        classify asks for a token (AUTH_ISSUER), which is in SMOKE_TOKEN; without one it is only looked that
                      nobody gets in without
  --wait SECONDS      how long it may take to get ready (180)
  --allow-no-model    a service without any model passes, with a warning: the first deployment has none`;

const KINDS = ['key', 'none', 'token'] as const;

/** It wasn't said what to ask. The message has the usage. */
export class SmokeUsageError extends Error {}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads what to ask. Throws {@link SmokeUsageError} that names what is wrong. */
export function readSmokeOptions(words: string[], env: Environment): SmokeOptions {
  try {
    const { values, positionals } = parseArgs({
      args: words,
      allowPositionals: true,
      options: {
        auth: { type: 'string', default: 'key' },
        wait: { type: 'string', default: '180' },
        'allow-no-model': { type: 'boolean', default: false },
      },
    });
    const [address, ...more] = positionals;
    if (address === undefined || more.length > 0 || !/^https?:\/\/[^/]+\/?$/.test(address)) {
      throw new Error('One address is expected, as https://NAME.azurewebsites.net');
    }
    const waitSeconds = Number(values.wait);
    if (!(waitSeconds > 0)) throw new Error(`--wait is ${values.wait}, expected a number of seconds`);
    return {
      address: address.replace(/\/$/, ''),
      auth: readAuth(values.auth, env),
      waitSeconds,
      allowNoModel: values['allow-no-model'],
    };
  } catch (error) {
    throw new SmokeUsageError(`${messageOf(error)}.\n\n${USAGE}`, { cause: error });
  }
}

function readAuth(text: string, env: Environment): SmokeOptions['auth'] {
  const kind = KINDS.find((one) => one === text);
  if (kind === undefined) throw new Error(`--auth is ${text}, expected ${KINDS.join(', ')}`);
  if (kind === 'none') return { kind };
  if (kind === 'token') return { kind, token: env.SMOKE_TOKEN || null };
  if (!env.SMOKE_KEY) {
    throw new Error('SMOKE_KEY is not set: put the function key there, or say --auth none or --auth token');
  }
  return { kind, key: env.SMOKE_KEY };
}
