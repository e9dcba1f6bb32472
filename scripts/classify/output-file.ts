/**
 * @module scripts/classify/output-file
 * A file that is written at the end of a run: whether that will work is known at its beginning.
 */
import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { BadRequestError, messageOf } from '../../core/errors.ts';

export interface OutputFile {
  path: string;
  /** Puts it into its place, whole. Throws {@link BadRequestError} that says where it lies instead. */
  write(content: string): void;
  /** Leaves no trace when nothing was written. */
  discard(): void;
}

/** Throws {@link BadRequestError} when the file can't be written, before any work is done for it. */
export function openOutput(option: string, name: string, { folder }: { folder: string }): OutputFile {
  const path = resolve(folder, name);
  const temporary = `${path}.${process.pid}.new`;
  const refuse = (error: unknown, where = '') =>
    new BadRequestError(`${option} ${name} can't be written: ${messageOf(error)}.${where}`, { cause: error });
  try {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new Error('it is a folder');
    writeFileSync(temporary, '');
  } catch (error) {
    throw refuse(error);
  }
  let isKept = false;
  return {
    path,
    write(content) {
      try {
        writeFileSync(temporary, content);
      } catch (error) {
        throw refuse(error);
      }
      try {
        renameSync(temporary, path);
      } catch (error) {
        isKept = true;
        // Another program has it open, on Windows.
        throw refuse(error, ` What should be in it is in ${temporary}.`);
      }
    },
    discard() {
      if (!isKept) rmSync(temporary, { force: true });
    },
  };
}
