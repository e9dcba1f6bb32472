/**
 * @module scripts/test-contract
 * Tests the running service by its OpenAPI document: Schemathesis makes up requests, good and bad, and checks every
 * answer by the document. With keys asked for, on a service and data of its own.
 *
 *     npm run test:contract [-- Schemathesis's arguments, as --max-examples 200]
 *
 * Where Python or its packages can't be had it says so and ends well.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drawPictures } from './contract/pictures.ts';
import { findSchemathesis, runSchemathesis } from './contract/schemathesis.ts';
import type { Keys } from './host/keys.ts';
import { ROOT } from './paths.ts';
import { nextFreePort } from './stack/ports.ts';
import { startStack } from './stack/stack.ts';
import { readState } from './stack/state-folder.ts';
import { MissingError } from './tfjs-node/run.ts';

const FIRST_PORT = 7171;
/** For each operation and each phase; a run takes about half a minute with them. */
const EXAMPLES = 20;
/** The same requests each time: a failure can be looked into, and a change that is right stays right. */
const SEED = 1;
const MOST_SECONDS = 110;

const ended = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => ended.abort(new Error(signal)));
}

try {
  process.exitCode = await testContract(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof MissingError)) throw error;
  console.log(`The contract test was skipped: ${error.message}.`);
}

async function testContract(given: string[]): Promise<number> {
  const python = await findSchemathesis({ log: console.log });
  const folder = mkdtempSync(join(tmpdir(), 'pawprint-contract-'));
  try {
    const pictures = join(folder, 'pictures');
    mkdirSync(pictures);
    await drawPictures(pictures);
    return await againstStack(python, { folder, pictures, given });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function againstStack(
  python: string,
  { folder, pictures, given }: { folder: string; pictures: string; given: string[] },
): Promise<number> {
  // More than made-up requests reach, so that the limit is not what is tested.
  process.env.FEEDBACK_PER_MINUTE ??= '100000';
  const stateFolder = join(folder, 'state');
  const port = await nextFreePort(FIRST_PORT);
  // Our own host: its keys are in a file of the state folder.
  const options = {
    port,
    stateFolder,
    auth: true,
    inspectPort: undefined,
    host: 'own',
    help: false,
  } as const;
  const lines: string[] = [];
  const stack = await startStack(options, { log: (line) => lines.push(line), signal: ended.signal }).catch(
    (error: unknown) => {
      console.error(lines.join('\n'));
      throw error;
    },
  );
  try {
    const keys = readState<Keys>(stateFolder, 'keys.json')!;
    const { code, isLate } = await runSchemathesis(python, {
      args: argumentsFor(`${stack.url}/api/openapi.json`, given),
      env: {
        CONTRACT_HOOKS: join(ROOT, 'scripts', 'contract', 'hooks.py'),
        CONTRACT_PICTURES: pictures,
        CONTRACT_KEY: keys.functionKeys.default!,
        CONTRACT_ADMIN_KEY: keys.masterKey,
      },
      cwd: folder,
      seconds: MOST_SECONDS,
      signal: ended.signal,
    });
    if (isLate) console.error(`Not done within ${MOST_SECONDS} s.`);
    return code ?? 1;
  } finally {
    await stack.stop();
  }
}

function argumentsFor(url: string, given: string[]): string[] {
  const config = join(ROOT, 'scripts', 'contract', 'schemathesis.toml');
  const bounds = ['--max-examples', String(EXAMPLES), '--seed', String(SEED)];
  return ['--config-file', config, 'run', url, '--checks', 'all', ...bounds, ...given];
}
