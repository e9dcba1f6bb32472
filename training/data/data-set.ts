/**
 * @module training/data/data-set
 * A folder of photographs, a folder per breed, as a list of pictures that can be read.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, messageOf } from '../../core/errors.ts';
import { compareBytes, contentHash, sha256 } from '../../core/hash.ts';
import { mapConcurrently } from '../concurrency.ts';
import { type Entry, type Found, findPictures } from './find-pictures.ts';

export interface Picture {
  /** Relative to the data folder, with `/`. */
  path: string;
  sha256: string;
  /** Index into the classes. */
  label: number;
}

export interface Skipped {
  path: string;
  reason: string;
}

export interface DataSet {
  root: string;
  /** Names of the classes in the order of their bytes, which is the order of the network's output. */
  classes: string[];
  pictures: Picture[];
  skipped: Skipped[];
  /** Over the paths and bytes of the pictures that are used. */
  contentHash: string;
}

export interface ReadOptions {
  /** Throws when bytes can't be decoded as a picture, with a message for people. */
  decode: (bytes: Uint8Array) => Promise<unknown>;
  concurrency?: number;
  /** Called after each file with the number done and the number in all. */
  onProgress?: (done: number, total: number) => void;
}

/**
 * Reads and checks every picture under `root`. Files are known by their bytes, not by their names: what
 * can't be decoded is skipped and listed, hidden files are passed over in silence. Of equal files in a class
 * one is kept; equal files in two classes are all skipped, since their label can't be known.
 *
 * Throws {@link DataError} where there are fewer than two classes.
 */
export async function readDataSet(
  root: string,
  { decode, concurrency = 4, onProgress }: ReadOptions,
): Promise<DataSet> {
  if (!(await isFolder(root)))
    throw new DataError(`There is no folder ${root}. --data names the folder of photographs.`);
  const { classes, files } = await findPictures(root, listFolder);
  let done = 0;
  const checked = await mapConcurrently(files, concurrency, async (file) => {
    const outcome = await checkFile(root, file, decode);
    onProgress?.(++done, files.length);
    return outcome;
  });

  const skipped = checked.filter((outcome) => 'reason' in outcome);
  const readable = checked.filter((outcome) => 'sha256' in outcome);
  const byContent = new Map<string, Picture[]>();
  for (const picture of readable.sort((a, b) => compareBytes(a.path, b.path))) {
    byContent.set(picture.sha256, [...(byContent.get(picture.sha256) ?? []), picture]);
  }
  const pictures: Picture[] = [];
  for (const copies of byContent.values()) {
    const [first, ...others] = copies;
    const elsewhere = others.find((copy) => copy.label !== first!.label);
    if (elsewhere) {
      const reason = (path: string) => ({
        path,
        reason: 'the same picture is in two classes: its label is unclear',
      });
      skipped.push(...copies.map((copy) => reason(copy.path)));
      continue;
    }
    pictures.push(first!);
    skipped.push(...others.map(({ path }) => ({ path, reason: `the same picture as ${first!.path}` })));
  }
  return {
    root,
    classes,
    pictures: pictures.sort((a, b) => compareBytes(a.path, b.path)),
    skipped: skipped.sort((a, b) => compareBytes(a.path, b.path)),
    contentHash: contentHash(pictures),
  };
}

async function checkFile(
  root: string,
  { path, label }: Found,
  decode: ReadOptions['decode'],
): Promise<Picture | Skipped> {
  const bytes = await readFile(join(root, path));
  if (bytes.length === 0) return { path, reason: 'the file is empty' };
  try {
    await decode(bytes);
  } catch (error) {
    return { path, reason: messageOf(error) };
  }
  return { path, sha256: sha256(bytes), label };
}

async function listFolder(path: string): Promise<Entry[]> {
  const entries = await readdir(path, { withFileTypes: true });
  return Promise.all(
    entries.map(async (entry) => ({
      name: entry.name,
      isFolder: entry.isDirectory() || (entry.isSymbolicLink() && (await isFolder(join(path, entry.name)))),
    })),
  );
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}
