/**
 * @module training/data/find-pictures
 * Which files of a folder are meant as pictures of which class, by their paths alone.
 */
import { dirname, join, resolve } from 'node:path';
import { DataError } from '../../core/errors.ts';
import { compareBytes } from '../../core/hash.ts';
import { mergeSpellings, type NamedFiles } from './class-names.ts';
import { isHidden, type List, NO_FILE, type Skipped, skipHidden } from './entries.ts';
import { openLevel } from './level.ts';

export interface Found {
  /** In the order of their bytes. */
  classes: string[];
  files: { path: string; label: number }[];
  /** Files and folders in which no picture is looked for. */
  skipped: Skipped[];
  /** What was done that isn't obvious. */
  notes: string[];
}

/** Stanford's dogs call their folders `n02086646-Blenheim_spaniel`. */
const classOfFolder = (name: string) => name.replace(/^n\d{8}-/, '');

/**
 * The classes and the files of each: `<breed>/*`, `<breed>_<number>.*`, or both beside each other. They are
 * looked for in `root`, or further down where there is one way only ({@link openLevel}). What is no picture by its
 * place, or hidden, is listed.
 *
 * Throws {@link DataError} with what to do where there are fewer than `fewestClasses`.
 */
export async function findPictures(
  root: string,
  list: List,
  { fewestClasses = 2 }: { fewestClasses?: number } = {},
): Promise<Found> {
  const level = await openLevel(root, list);
  const { folder, breeds } = level;
  const skipped = [...level.skipped];
  const found: NamedFiles[] = [...breeds].map(([name, files]) => ({ name, paths: files.map(folder.path) }));
  const deeper: string[] = [];
  for (const name of level.folders) {
    const inside = await list(join(root, folder.path(name)));
    const visible = inside.filter((entry) => !isHidden(entry.name));
    const files = visible.filter((entry) => entry.kind === 'file');
    const path = (entry: string) => `${folder.path(name)}/${entry}`;
    const hidden = inside.filter((entry) => isHidden(entry.name));
    skipped.push(...hidden.map((entry) => skipHidden(path(entry.name), entry.kind)));
    if (visible.length === 0) skipped.push({ path: path(''), reason: 'the folder is empty' });
    else if (visible.every((entry) => entry.kind === 'folder')) deeper.push(name);
    for (const entry of visible.filter(({ kind }) => kind !== 'file')) {
      skipped.push(
        entry.kind === 'folder'
          ? {
              path: `${path(entry.name)}/`,
              reason: 'a folder within the folder of a breed; its files are not read',
            }
          : { path: path(entry.name), reason: NO_FILE },
      );
    }
    if (files.length > 0)
      found.push({ name: classOfFolder(name), paths: files.map((file) => path(file.name)) });
  }
  const { classes, notes } = mergeSpellings(found);
  if (classes.length < fewestClasses) throw tooFewClasses({ root, classes, folder, deeper });
  if (folder.name !== '') notes.unshift(`the breeds are in ${folder.name}/`);
  const files = classes.flatMap(({ paths }, label) => paths.map((path) => ({ path, label })));
  return {
    classes: classes.map(({ name }) => name),
    files: files.sort((a, b) => compareBytes(a.path, b.path)),
    skipped,
    notes,
  };
}

function tooFewClasses(at: {
  root: string;
  classes: readonly NamedFiles[];
  folder: { path: (name: string) => string };
  deeper: readonly string[];
}): DataError {
  const { root, classes, deeper } = at;
  const found = classes.length === 1 ? `only ${classes[0]!.name}, 1 class,` : '0 classes';
  const fault = `${found} found in ${root}, expected ${root}/<breed>/* or ${root}/<breed>_<number>.jpg.`;
  const first = [...deeper].sort(compareBytes)[0];
  if (first !== undefined) {
    return new DataError(
      `${fault} There are folders one level deeper: try --data ${join(root, at.folder.path(first))}, or put the folders of all breeds side by side.`,
    );
  }
  return new DataError(
    `${fault} If this is the folder of one breed, name the folder above it: --data ${dirname(resolve(root))}.`,
  );
}
