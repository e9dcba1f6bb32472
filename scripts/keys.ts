/**
 * @module scripts/keys
 * The access keys of the local host: one for each client, by name, and another in its place without a pause.
 *
 *     npm run keys -- add ios-app
 *     npm run keys -- rotate ios-app --grace 12h
 */
import { existsSync, mkdirSync } from 'node:fs';
import { ConflictError, messageOf, NotFoundError } from '../core/errors.ts';
import { takeLock } from '../core/lock-file.ts';
import { runCommand } from '../training/run-command.ts';
import { keyFileOf, loadKeys, readKeys, writeKeys } from './host/key-file.ts';
import type { Keys } from './host/keys.ts';
import { addKey, type Change, removeKey, retireKey, rotateKey } from './keys/change.ts';
import { KEYS_USAGE, type KeysOptions, parseKeysOptions } from './keys/command-line.ts';
import { formatChange, formatKeys } from './keys/format.ts';
import { ROOT } from './paths.ts';

await runCommand((words) => {
  const options = parseKeysOptions(words, { folder: process.env.INIT_CWD ?? ROOT });
  if (options === 'help') return console.log(KEYS_USAGE);
  const lines = options.command === 'list' ? list(options) : change(options);
  console.log(lines.join('\n'));
});

function list({ stateFolder, show }: KeysOptions): string[] {
  const keys = inFile(() => readKeys(stateFolder));
  if (keys === undefined) {
    throw new NotFoundError(
      `${keyFileOf(stateFolder)} isn't there. It is made by npm start -- --auth, and by npm run keys -- add NAME.`,
    );
  }
  return formatKeys(keys, { show });
}

/** One at a time: of two who change the file at once, the second would undo what the first did. */
function change(options: KeysOptions): string[] {
  const { stateFolder } = options;
  if (options.command !== 'add' && !existsSync(keyFileOf(stateFolder))) list(options);
  mkdirSync(stateFolder, { recursive: true });
  const lock = takeLock(`${keyFileOf(stateFolder)}.lock`);
  if ('owner' in lock) {
    throw new ConflictError(`The keys are being changed by process ${lock.owner}. Try again in a moment.`);
  }
  try {
    const made = applyChange(
      inFile(() => loadKeys(stateFolder)),
      options,
    );
    writeKeys(stateFolder, made.keys);
    return formatChange(made, options);
  } finally {
    lock.release();
  }
}

function applyChange(keys: Keys, { command, name, retire, graceSeconds }: KeysOptions): Change {
  if (command === 'add') return addKey(keys, name);
  if (command === 'remove') return removeKey(keys, name);
  return retire ? retireKey(keys, name) : rotateKey(keys, name, { graceSeconds });
}

/** A damaged file is no fault of the program. */
function inFile<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new ConflictError(messageOf(error), { cause: error });
  }
}
