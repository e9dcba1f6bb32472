/**
 * @module training/data/entries
 * What lies in a folder, and what of it is nobody's picture.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** An entry of a folder; a link counts as what it leads to. */
export interface Entry {
  name: string;
  kind: 'file' | 'folder' | 'other';
}

export type List = (path: string) => Promise<Entry[]>;

export interface Skipped {
  /** Relative to the root, with `/`; a folder's ends in one. */
  path: string;
  reason: string;
}

/** Why an entry of kind `other` isn't read. */
export const NO_FILE = 'neither a file nor a folder, or a link to nothing';

/** Resource forks, notebook checkpoints and the like: nobody means them to be pictures. */
export const isHidden = (name: string) => name.startsWith('.') || name === '__MACOSX';

/** How a hidden entry is listed; what is in a hidden folder isn't looked at. `path` is its path. */
export function skipHidden(path: string, kind: Entry['kind']): Skipped {
  const reason = 'hidden, as what systems and editors keep for themselves';
  return { path: kind === 'folder' ? `${path}/` : path, reason };
}

/** The entries of a folder on disk. A socket or a named pipe is `other`: reading one would never end. */
export async function listFolder(path: string): Promise<Entry[]> {
  const names = await readdir(path);
  return Promise.all(names.map(async (name) => ({ name, kind: await kindOf(join(path, name)) })));
}

/** What is at a path, links followed; `other` where there is nothing. */
export async function kindOf(path: string): Promise<Entry['kind']> {
  const stats = await stat(path).catch(() => null);
  if (stats?.isDirectory()) return 'folder';
  return stats?.isFile() ? 'file' : 'other';
}
