/**
 * @module scripts/smoke
 * Asks a service that was just deployed whether it works: it is ready, refuses who has no key, and names the breed on one
 * photograph that is drawn here.
 *
 *     npm run smoke -- https://NAME.azurewebsites.net              the key in SMOKE_KEY
 *     npm run smoke -- http://127.0.0.1:7071 --wait 10
 *
 * Ends with 0 when it works, 1 when it doesn't, 2 when it wasn't told what to ask.
 */
import { parseArgs } from 'node:util';
import { messageOf } from '../core/errors.ts';
import { type SmokeOptions, smokeTest } from './smoke/smoke-test.ts';

const USAGE = `Usage: npm run smoke -- ADDRESS [--wait SECONDS] [--allow-no-model]

  --wait SECONDS      how long it may take to get ready (180)
  --allow-no-model    a service without any model passes: the first deployment has none

The function key is read from SMOKE_KEY; without one the service must not ask for any.`;

try {
  const options = readOptions(process.argv.slice(2));
  for (const line of await smokeTest(options)) console.log(line);
} catch (error) {
  console.error(messageOf(error));
  process.exitCode ||= 1;
}

function readOptions(words: string[]): SmokeOptions {
  try {
    const { values, positionals } = parseArgs({
      args: words,
      allowPositionals: true,
      options: {
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
      key: process.env.SMOKE_KEY || null,
      waitSeconds,
      allowNoModel: values['allow-no-model'],
    };
  } catch (error) {
    process.exitCode = 2;
    throw new Error(`${messageOf(error)}.\n\n${USAGE}`);
  }
}
