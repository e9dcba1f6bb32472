/**
 * @module training/data/find-pictures
 * Which files of a folder are meant as pictures of which class, by their paths alone.
 */
import { join } from 'node:path';
import { DataError } from '../../core/errors.ts';
import { compareBytes } from '../../core/hash.ts';

export interface Found {
  /** Relative to the root, with `/`. */
  path: string;
  label: number;
}

/** An entry of a folder; a link to a folder counts as one. */
export interface Entry {
  name: string;
  isFolder: boolean;
}

type List = (path: string) => Promise<Entry[]>;

/** Resource forks, notebook checkpoints and the like: nobody means them to be pictures. */
const isHidden = (name: string) => name.startsWith('.') || name === '__MACOSX';

/** Stanford's dogs call their folders `n02086646-Blenheim_spaniel`. */
const classOfFolder = (name: string) => name.replace(/^n\d{8}-/, '');

/** Oxford's flat form: `great_pyrenees_173.jpg`, also as `pug_3 (1).jpg`. */
const classOfFile = (name: string) => /^(.+)_\d+(?: \(\d+\))?\.[^.]+$/.exec(name)?.[1];

/**
 * The classes, in the order of their bytes, and the files under each: `root/<breed>/*`, or where `root` has no
 * folders, `root/<breed>_<number>.*`. Throws {@link DataError} with what to do where that gives no two classes.
 */
export async function findPictures(root: string, list: List): Promise<{ classes: string[]; files: Found[] }> {
  const entries = (await list(root)).filter((entry) => !isHidden(entry.name));
  const folders = entries.filter((entry) => entry.isFolder).map((entry) => entry.name);
  const named = folders.length > 0 ? await inFolders(root, folders, list) : inFileNames(entries);
  const classes = [...named.keys()].sort(compareBytes);
  if (classes.length < 2) {
    const found = folders.length > 0 && classes.length === 1 ? `only ${classes[0]}, 1 class,` : '0 classes';
    throw new DataError(`${found} found in ${root}, expected ${root}/<breed>/*.`);
  }
  const files = classes.flatMap((name, label) => named.get(name)!.map((path) => ({ path, label })));
  return { classes, files: files.sort((a, b) => compareBytes(a.path, b.path)) };
}

async function inFolders(root: string, folders: string[], list: List): Promise<Map<string, string[]>> {
  const named = new Map<string, string[]>();
  const deeper: string[] = [];
  for (const folder of folders) {
    const inside = (await list(join(root, folder))).filter((entry) => !isHidden(entry.name));
    const files = inside.filter((entry) => !entry.isFolder).map((entry) => `${folder}/${entry.name}`);
    if (files.length === 0 && inside.length > 0) deeper.push(folder);
    const name = classOfFolder(folder);
    named.set(name, [...(named.get(name) ?? []), ...files]);
  }
  if (deeper.length === folders.length) {
    throw new DataError(
      `0 classes found in ${root}, expected ${root}/<breed>/*. There are folders one level deeper: try --data ${join(root, deeper.sort(compareBytes)[0]!)}.`,
    );
  }
  return named;
}

function inFileNames(entries: Entry[]): Map<string, string[]> {
  const named = new Map<string, string[]>();
  for (const { name } of entries) {
    const breed = classOfFile(name);
    if (breed !== undefined) named.set(breed, [...(named.get(breed) ?? []), name]);
  }
  return named;
}
