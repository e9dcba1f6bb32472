/**
 * @module scripts/host/main
 * The host as a process of its own: node scripts/host/main.ts --root DIR --port N --state DIR [--auth].
 * For development and tests only. App settings come from the environment and, where the root has one, from
 * local.settings.json; the environment wins.
 */
import { parseArgs } from 'node:util';
import { startHost } from './host.ts';
import { describe, messageOf } from './log.ts';
import { readLocalSettings } from './settings.ts';
import { writeSoon } from './write-soon.ts';

const { values } = parseArgs({
  options: {
    root: { type: 'string', default: '.' },
    port: { type: 'string', default: '7071' },
    state: { type: 'string', default: '.state' },
    auth: { type: 'boolean', default: false },
  },
});

const log = writeSoon(process.stdout);
let stop = async (): Promise<void> => undefined;
let ending = false;

/** A stop that takes longer is none: something in the app doesn't end. */
const LONGEST_STOP_MS = 10_000;

/** Ends the process after a clean stop, which is bounded: whatever the app left open goes with it. */
async function end(code: number): Promise<void> {
  if (ending) return;
  ending = true;
  setTimeout(() => process.exit(code || 1), LONGEST_STOP_MS).unref();
  await stop().catch((error) => console.error(describe(error)));
  process.exit(code);
}

process.on('SIGTERM', () => end(0));
process.on('SIGINT', () => end(0));
// A parent that was killed can't send a signal, but its end of the channel closes.
process.on('disconnect', () => end(0));

// Nobody reads any more, a parent that was killed say. What is written then is lost; thrown, it would be an uncaught
// exception whose report throws the next.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

// The real host ends the worker over these and starts another; here the fault should be seen.
for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
  process.on(event, (error: unknown) => {
    console.error(
      `[${new Date().toISOString()}] fatal: ${event} in app code. On Azure this kills the worker.`,
    );
    console.error(describe(error));
    void end(1);
  });
}

try {
  const local = readLocalSettings(values.root);
  const settings = Object.fromEntries(
    Object.entries(local.values).filter(([name]) => process.env[name] === undefined),
  );
  const host = await startHost({
    root: values.root,
    port: Number(values.port),
    settings,
    stateFolder: values.state,
    auth: values.auth,
    corsOrigins: local.corsOrigins,
    log,
  });
  stop = host.stop;
  if (ending) await host.stop();
  else log(`Now listening on: ${host.url}`);
} catch (error) {
  console.error(messageOf(error));
  process.exit(1);
}
