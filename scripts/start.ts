/**
 * @module scripts/start
 * Brings up the whole service on this machine.
 *
 *     npm start [-- --port N] [--state DIR] [--auth] [--inspect [N]]
 */
import './stack/end-with-parent.ts';
import { messageOf, PawprintError } from '../core/errors.ts';
import { parseStartOptions, type StartOptions, USAGE } from './stack/options.ts';
import { type Stack, startStack } from './stack/stack.ts';

const ended = new AbortController();
for (const [signal, number] of [
  ['SIGINT', 2],
  ['SIGTERM', 15],
  ['SIGHUP', 1],
] as const) {
  // A terminal's Ctrl-C may arrive twice, by way of npm too: the second asks for nothing new.
  process.on(signal, () => {
    process.exitCode = 128 + number;
    ended.abort(new Error(signal));
  });
}

await main();

async function main(): Promise<void> {
  let stack: Stack | undefined;
  try {
    const options = parseStartOptions(process.argv.slice(2));
    if (options.help) return console.log(USAGE);
    stack = await startStack(options, { log: (line) => console.log(line), signal: ended.signal });
    announce(stack.url, options);
    const why = await Promise.race([stack.broken, aborted(ended.signal)]);
    if (!ended.signal.aborted) fail(`${why}. Its log is above.`);
  } catch (error) {
    if (!ended.signal.aborted) fail(error instanceof PawprintError ? error.message : error);
  } finally {
    if (ended.signal.aborted) console.log('Stopping ...');
    await stack?.stop();
  }
}

function announce(url: string, { auth, stateFolder }: StartOptions): void {
  const list = `npm run keys -- list --show --state ${stateFolder}`;
  const key = auth ? ` -H 'x-functions-key: KEY'` : '';
  console.log(`
Pawprint answers. Send it a photograph of a cat or a dog:

  curl --data-binary @photo.jpg -H 'content-type: image/jpeg'${key} ${url}/api/classify

or open ${url}/api/app${auth ? `; its keys: ${list}` : ''}. Ctrl-C stops everything.

ready ${url}/api/classify`);
}

function fail(reason: unknown): void {
  console.error(reason instanceof Error ? reason : `\n${messageOf(reason)}`);
  process.exitCode = 1;
}

function aborted(signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve('stopped');
    signal.addEventListener('abort', () => resolve('stopped'), { once: true });
  });
}
