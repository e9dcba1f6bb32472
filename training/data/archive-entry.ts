/**
 * @module training/data/archive-entry
 * Entries of archives, whose names may lead anywhere.
 */
import type { Readable } from 'node:stream';
import { DataError } from '../../core/errors.ts';

/** An entry as a reader of tar or zip gives it. */
export interface ArchiveEntry {
  name: string;
  kind: 'file' | 'folder';
  content: Readable;
}

export interface ReadArchiveOptions {
  /** Takes each entry and reads its content to the end; throws for one that isn't to be unpacked. */
  take: (entry: ArchiveEntry) => Promise<void>;
  gzip: boolean;
  /** Called with the bytes of the archive that were read, and all of them. */
  onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * The path of an entry relative to the folder it is unpacked to, without `.` and doubled slashes; '' for that
 * folder itself. Backslashes and drive letters are refused on every system, since they lead out of the folder
 * on one. Throws {@link DataError} that names the entry.
 */
export function safeEntryPath(name: string): string {
  const segments = name.split('/').filter((segment) => segment !== '' && segment !== '.');
  const fault =
    (name.includes('\0') && 'it has a NUL in its name') ||
    (name.includes('\\') && 'it has a backslash in its name') ||
    (/^[A-Za-z]:/.test(name) && 'its path begins with a drive letter') ||
    (name.startsWith('/') && 'its path is absolute') ||
    (segments.includes('..') && 'its path leads out of the folder');
  if (fault) throw refusedEntry(name, fault);
  return segments.join('/');
}

/** The error for an entry that isn't unpacked, and with it the whole archive. */
export function refusedEntry(name: string, fault: string): DataError {
  return new DataError(
    `The archive's entry ${JSON.stringify(name)} is refused: ${fault}. Nothing of the archive is used; make it anew from plain files and folders.`,
  );
}
