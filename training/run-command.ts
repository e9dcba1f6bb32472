/**
 * @module training/run-command
 * How a command of this folder ends: 0 when it did its work, 2 for input or settings that are wrong, 1 for a
 * fault of ours, 130 and 143 when it was told to stop.
 */
import { rmSync } from 'node:fs';
import { constants } from 'node:os';
import { PawprintError } from '../core/errors.ts';
import { unfinished } from './version/write-version.ts';

/** What is still to be said when a signal ends the run. */
export const lastWords = new Set<() => string>();

/** Runs `command` with the words after the script's name. */
export async function runCommand(command: (words: string[]) => Promise<void> | void): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, () => {
      for (const folder of unfinished) rmSync(folder, { recursive: true, force: true });
      for (const words of lastWords) console.error(words());
      process.exit(128 + constants.signals[signal]);
    });
  }
  try {
    await command(process.argv.slice(2));
  } catch (error) {
    const isExpected = error instanceof PawprintError;
    console.error(isExpected ? error.message : error);
    process.exitCode = isExpected ? 2 : 1;
  }
}
