/**
 * @module training/container/blob-paths
 * Names of blobs, which may be anything, as paths below a folder.
 */
import { DataError } from '../../core/errors.ts';
import type { ListedBlob } from '../../core/storage/blobs.ts';
import { isHidden } from '../data/entries.ts';

/** A blob that is to become a file. */
export interface WantedBlob extends ListedBlob {
  /** Relative to the folder, with `/`. */
  file: string;
}

/**
 * Which of the blobs below `prefix` become which files. Markers of folders and hidden files are passed over. Throws
 * {@link DataError} that names a blob which would lie outside of the folder, or where another's folder has to be: the
 * data set isn't used then.
 */
export function planFiles(blobs: readonly ListedBlob[], prefix: string): WantedBlob[] {
  const planned = blobs
    .filter(({ path }) => path.startsWith(prefix) && !path.endsWith('/'))
    .map((blob) => ({ ...blob, file: safeFile(blob.path, prefix) }))
    .filter(({ file }) => !file.split('/').some(isHidden));
  const folders = new Set(planned.flatMap(({ file }) => foldersOf(file)));
  return planned.filter(({ file, path, bytes }) => {
    if (!folders.has(file)) return true;
    // An account with folders of its own lists each as an empty blob.
    if (bytes === 0) return false;
    throw refused(path, 'there is a folder of the same name');
  });
}

/** Throws {@link DataError} for a name that a file can't have, on any system. */
function safeFile(path: string, prefix: string): string {
  const file = path.slice(prefix.length);
  const segments = file.split('/');
  const fault =
    (/\p{Cc}/u.test(file) && 'it has a control character in its name') ||
    (file.includes('\\') && 'it has a backslash in its name') ||
    (segments.some((segment) => ['', '.', '..'].includes(segment)) && 'its name leads out of the folder') ||
    (/^[A-Za-z]:/.test(file) && 'its name begins with a drive letter') ||
    (segments.some((segment) => Buffer.byteLength(segment) > 255) &&
      'its name is longer than a file can have');
  if (fault) throw refused(path, fault);
  return file;
}

function refused(path: string, fault: string): DataError {
  return new DataError(
    `The blob ${JSON.stringify(`datasets/${path}`)} is refused: ${fault}. Nothing of the data set is used; rename or remove the blob and start again.`,
  );
}

/** `a/b/c.jpg` has `a` and `a/b`. */
function foldersOf(file: string): string[] {
  const segments = file.split('/').slice(0, -1);
  return segments.map((_, i) => segments.slice(0, i + 1).join('/'));
}
