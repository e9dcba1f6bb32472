/**
 * @module scripts/func
 * Runs the app in the real host, `func start`, with the settings in local.settings.json.
 *
 *     npm run func [-- --inspect]
 */
import { constants, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildApp } from './build.ts';
import { ROOT } from './paths.ts';
import { startChild } from './stack/child.ts';
import { FUNC_IS_MISSING, findFunc, funcCommand } from './stack/functions-host.ts';
import { parseStartOptions } from './stack/options.ts';

const options = parseStartOptions(process.argv.slice(2));
if (findFunc() === undefined) {
  console.error(FUNC_IS_MISSING);
  process.exit(1);
}
console.log('Building the function app ...');
await buildApp();
try {
  const settings = join(ROOT, 'local.settings.json');
  copyFileSync(join(ROOT, 'local.settings.sample.json'), settings, constants.COPYFILE_EXCL);
  console.log(
    'Made local.settings.json from the sample. It expects Azurite on its usual ports: npx azurite --skipApiVersionCheck',
  );
} catch (error) {
  if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
}
const [command, args] = funcCommand({ ...options, port: options.port ?? 7071 });
const log = (line: string) => console.log(line);
const func = startChild({ name: 'func', command, args, env: process.env, cwd: ROOT, log });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => func.stop());
console.log(await func.ended);
