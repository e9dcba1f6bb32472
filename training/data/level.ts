/**
 * @module training/data/level
 * The level of a folder at which its breeds lie: archives often wrap them in a folder or two.
 */
import { join } from 'node:path';
import { compareBytes } from '../../core/hash.ts';
import { type Entry, isHidden, type List, NO_FILE, type Skipped, skipHidden } from './entries.ts';

export interface Level {
  folder: {
    /** Relative to the root; '' is the root itself. */
    name: string;
    /** The path of an entry of this level, relative to the root. */
    path: (entry: string) => string;
  };
  folders: string[];
  /** Files that are named `<breed>_<number>`, by breed. */
  breeds: Map<string, string[]>;
  skipped: Skipped[];
}

/** Folders that wrap a data set: `download/oxford/images/` is the most that was met. */
const MOST_WRAPPERS = 3;

/** Oxford's flat form: `great_pyrenees_173.jpg`, also as `pug_3 (1).jpg`. */
const breedOfFile = (name: string) => /^(.+)_\d+(?: \(\d+\))?(?:\.[^.]+)?$/.exec(name)?.[1];

/**
 * The level that holds the breeds: that of `images/` or of the only folder, where two breeds and more are in
 * there, else `root` itself. So the archive of the Oxford-IIIT Pet set (`images/`, `annotations/`) is read as
 * it is, and a folder with the one class `pug/` stays one.
 */
export async function openLevel(root: string, list: List): Promise<Level> {
  return enter('', { root, list, wrappers: 0 });
}

async function enter(
  name: string,
  { root, list, wrappers }: { root: string; list: List; wrappers: number },
): Promise<Level> {
  const level = readLevel(name, await list(join(root, name)));
  // One breed may be a stray `notes_1.txt`; two are a data set.
  const wrapper = level.breeds.size > 1 ? undefined : wrapperOf(level.folders);
  if (wrapper === undefined || wrappers === MOST_WRAPPERS) return level;
  const inner = await enter(level.folder.path(wrapper), { root, list, wrappers: wrappers + 1 });
  if (inner.folders.length + inner.breeds.size < 2) return level;
  const reason = `not in ${inner.folder.name}/, where the breeds are`;
  const folders = level.folders.filter((one) => one !== wrapper).map((one) => `${one}/`);
  const beside = [...folders, ...[...level.breeds.values()].flat()];
  return {
    ...inner,
    skipped: [
      ...level.skipped.map((one) => ({ ...one, reason })),
      ...beside.map((one) => ({ path: level.folder.path(one), reason })),
      ...inner.skipped,
    ],
  };
}

const wrapperOf = (folders: readonly string[]) =>
  folders.find((one) => one.toLowerCase() === 'images') ?? (folders.length === 1 ? folders[0] : undefined);

function readLevel(name: string, entries: readonly Entry[]): Level {
  const path = (entry: string) => (name === '' ? entry : `${name}/${entry}`);
  const level: Level = { folder: { name, path }, folders: [], breeds: new Map(), skipped: [] };
  for (const entry of [...entries].sort((a, b) => compareBytes(a.name, b.name))) {
    const breed = breedOfFile(entry.name);
    if (isHidden(entry.name)) level.skipped.push(skipHidden(path(entry.name), entry.kind));
    else if (entry.kind === 'folder') level.folders.push(entry.name);
    else if (entry.kind === 'other') level.skipped.push({ path: path(entry.name), reason: NO_FILE });
    else if (breed !== undefined) level.breeds.set(breed, [...(level.breeds.get(breed) ?? []), entry.name]);
    else
      level.skipped.push({
        path: path(entry.name),
        reason: 'in no folder of a breed, and not named <breed>_<number>',
      });
  }
  return level;
}
