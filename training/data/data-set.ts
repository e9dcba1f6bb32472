/**
 * @module training/data/data-set
 * A folder of photographs as a list of pictures that can be read, and of everything in it that can't.
 */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { mapConcurrently } from '../../core/concurrency.ts';
import { DataError, messageOf } from '../../core/errors.ts';
import { compareBytes, contentHash, sha256 } from '../../core/hash.ts';
import { type ImageInfo, MOST_PICTURE_BYTES, tooManyBytes } from '../../core/image/open.ts';
import { kindOf, listFolder, type Skipped } from './entries.ts';
import { findPictures } from './find-pictures.ts';
import type { Fingerprint } from './fingerprint.ts';
import { inspectPicture } from './inspect.ts';
import { groupNearDuplicates } from './near-duplicates.ts';

export type { Skipped } from './entries.ts';

export interface Picture {
  /** Relative to the data folder, with `/`. */
  path: string;
  sha256: string;
  /** Index into the classes. */
  label: number;
  /** The same for pictures that are near-duplicates of each other: the smallest SHA-256. Without one it is alone. */
  group?: string;
}

/** A picture with what its header and its decode told. */
export interface InspectedPicture extends Picture {
  info: ImageInfo;
  group: string;
}

export interface DataSet {
  root: string;
  /** Names of the classes in the order of their bytes, which is the order of the network's output. */
  classes: string[];
  pictures: InspectedPicture[];
  /** Everything that isn't used, with its reason. */
  skipped: Skipped[];
  /** Classes that were found and have too few pictures to be used. */
  leftOut: string[];
  /** Lines for people: what was done that isn't obvious, such as classes that were merged or left out. */
  notes: string[];
  /** Over the paths and bytes of the pictures that are used. */
  contentHash: string;
}

export interface ReadOptions {
  concurrency?: number;
  /** Called after each file with the number done and the number in all. */
  onProgress?: (done: number, total: number) => void;
  /** Fewest classes: 2 to train, 1 to measure. */
  fewestClasses?: number;
  /** Fewest pictures of a class that aren't near-duplicates: 2 to train, one of them held back; 1 to measure. */
  fewestPictures?: number;
}

type Checked = Omit<InspectedPicture, 'group'> & { fingerprint: Fingerprint };

/**
 * Reads and checks every picture under `root`. Files are known by their bytes, not by their names: what
 * can't be decoded is skipped and listed, what has another format than its name says is used and noted. Of equal files in a class
 * one is kept; equal files in two classes are all skipped, since their label can't be known. A class with
 * fewer pictures than `fewestPictures` is left out, listed and named in a note.
 *
 * Throws {@link DataError} where fewer than `fewestClasses` are found, or are left.
 */
export async function readDataSet(root: string, options: ReadOptions = {}): Promise<DataSet> {
  const { concurrency = 4, onProgress, fewestClasses = 2, fewestPictures = 2 } = options;
  if ((await kindOf(root)) !== 'folder') {
    throw new DataError(`There is no folder ${root}. --data names the folder of photographs.`);
  }
  const { classes, files, skipped, notes } = await findPictures(root, listFolder, { fewestClasses });
  let done = 0;
  const checked = await mapConcurrently(files, concurrency, async (file) => {
    const outcome = await checkFile(root, file);
    onProgress?.(++done, files.length);
    return outcome;
  });
  skipped.push(...checked.filter((outcome) => 'reason' in outcome));
  const distinct = dropCopies(checked.filter((outcome) => 'sha256' in outcome));
  skipped.push(...distinct.skipped);

  const grouped = addGroups(distinct.pictures);
  const large = keepLargeClasses(grouped, { classes, fewestPictures });
  if (large.classes.length < fewestClasses) {
    const faults = large.notes.map((note) => `\n  ${note}`).join('');
    throw new DataError(
      `${large.classes.length === 1 ? '1 class is' : '0 classes are'} left of ${classes.length} in ${root}, ${fewestClasses} are needed:${faults}`,
    );
  }
  return {
    root,
    classes: large.classes,
    pictures: large.pictures,
    skipped: [...skipped, ...large.skipped].sort((a, b) => compareBytes(a.path, b.path)),
    leftOut: classes.filter((name) => !large.classes.includes(name)),
    notes: [...notes, ...noteMisnamed(large.pictures), ...large.notes],
    contentHash: contentHash(large.pictures),
  };
}

async function checkFile(
  root: string,
  { path, label }: { path: string; label: number },
): Promise<Checked | Skipped> {
  try {
    const { size } = await stat(join(root, path));
    if (size === 0) return { path, reason: 'the file is empty' };
    // Said before it is read: a film of gigabytes under the name of a picture would fill the memory.
    if (size > MOST_PICTURE_BYTES) return { path, reason: tooManyBytes().message };
    const bytes = await readFile(join(root, path));
    return { path, sha256: sha256(bytes), label, ...(await inspectPicture(bytes)) };
  } catch (error) {
    return { path, reason: messageOf(error) };
  }
}

function dropCopies(readable: Checked[]): { pictures: Checked[]; skipped: Skipped[] } {
  const byContent = new Map<string, Checked[]>();
  for (const picture of readable.sort((a, b) => compareBytes(a.path, b.path))) {
    byContent.set(picture.sha256, [...(byContent.get(picture.sha256) ?? []), picture]);
  }
  const pictures: Checked[] = [];
  const skipped: Skipped[] = [];
  for (const copies of byContent.values()) {
    const [first, ...others] = copies;
    if (others.some((copy) => copy.label !== first!.label)) {
      const reason = 'the same picture is in two classes: its label is unclear';
      skipped.push(...copies.map(({ path }) => ({ path, reason })));
      continue;
    }
    pictures.push(first!);
    skipped.push(...others.map(({ path }) => ({ path, reason: `the same picture as ${first!.path}` })));
  }
  return { pictures, skipped };
}

/** Formats by the ends of names; other ends say nothing. */
const FORMAT_OF: Readonly<Record<string, string>> = {
  jpg: 'jpeg',
  jpeg: 'jpeg',
  png: 'png',
  gif: 'gif',
  webp: 'webp',
  avif: 'avif',
};
const MOST_NAMED = 50;

/** A note on the pictures that are of another format than their names say, if there are any. */
function noteMisnamed(pictures: readonly InspectedPicture[]): string[] {
  const misnamed = pictures.filter(({ path, info }) => {
    const end = /\.([a-z]+)$/i.exec(path)?.[1]?.toLowerCase() ?? '';
    return Object.hasOwn(FORMAT_OF, end) && FORMAT_OF[end] !== info.format;
  });
  if (misnamed.length === 0) return [];
  const named = misnamed.slice(0, MOST_NAMED).map(({ path, info }) => `${path} (${info.format})`);
  const rest = misnamed.length - named.length;
  return [
    `of another format than the name says, and read as what it is: ${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`,
  ];
}

function addGroups(pictures: readonly Checked[]): InspectedPicture[] {
  const firsts = groupNearDuplicates(pictures.map(({ fingerprint }) => fingerprint));
  // Named by the smallest hash, so that a split doesn't depend on names of files.
  const names = new Map<number, string>();
  for (const [i, { sha256: hash }] of pictures.entries()) {
    const name = names.get(firsts[i]!);
    if (name === undefined || hash < name) names.set(firsts[i]!, hash);
  }
  return pictures.map(({ fingerprint, ...picture }, i) => ({ ...picture, group: names.get(firsts[i]!)! }));
}

function keepLargeClasses(
  pictures: readonly InspectedPicture[],
  { classes, fewestPictures }: { classes: readonly string[]; fewestPictures: number },
): Pick<DataSet, 'classes' | 'pictures' | 'skipped' | 'notes'> {
  const members = classes.map((_, label) => pictures.filter((picture) => picture.label === label));
  const kept: string[] = [];
  const result = { pictures: [] as InspectedPicture[], skipped: [] as Skipped[], notes: [] as string[] };
  for (const [label, own] of members.entries()) {
    if (new Set(own.map(({ group }) => group)).size >= fewestPictures) {
      result.pictures.push(...own.map((picture) => ({ ...picture, label: kept.length })));
      kept.push(classes[label]!);
      continue;
    }
    const count =
      own.length === 1
        ? '1 picture'
        : own.length === 0
          ? 'no picture that can be read'
          : `${own.length} pictures, all near-duplicates`;
    const fault = `class ${classes[label]} has ${count}; it needs at least ${fewestPictures}`;
    result.notes.push(`${fault}: it is left out`);
    result.skipped.push(...own.map(({ path }) => ({ path, reason: fault })));
  }
  result.pictures.sort((a, b) => compareBytes(a.path, b.path));
  return { classes: kept, ...result };
}
