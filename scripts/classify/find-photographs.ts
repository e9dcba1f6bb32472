/**
 * @module scripts/classify/find-photographs
 * Which files are meant by the photographs and folders of a command line.
 */
import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { messageOf } from '../../core/errors.ts';

export interface Photograph {
  /** Absolute. */
  path: string;
  /** What people call it: below the folder, where one folder was named; else as they typed it. */
  name: string;
  bytes: number;
  /** Why there is nothing to send. */
  fault?: string;
}

/**
 * What is taken from a folder. Formats that the service refuses are among them: a row that says why is better than a
 * photograph that isn't there.
 */
const PHOTOGRAPH = /\.(jpe?g|jpe|jfif|pjpeg|png|webp|avif|gif|heic|heif|tiff?|bmp|jxl|jp2)$/i;

/** As people count: 2 before 10. */
const collator = new Intl.Collator('en', { numeric: true });

/**
 * Finds the files, folder by folder in the order of the words, each once. What isn't there, or can't be read, comes with
 * its fault. `others` counts files of folders that are no photographs by their names. Files whose names begin with a dot
 * count as none: macOS writes `._x.jpg` beside x.jpg.
 */
export function findPhotographs(
  words: readonly string[],
  { folder }: { folder: string },
): { photographs: Photograph[]; others: number } {
  const photographs = new Map<string, Photograph>();
  let others = 0;
  const add = (photograph: Photograph) => {
    if (!photographs.has(photograph.path)) photographs.set(photograph.path, photograph);
  };
  const walk = (path: string, nameOf: (path: string) => string) => {
    try {
      for (const entry of readFolder(path)) {
        const inner = join(path, entry.name);
        if (entry.isDirectory()) walk(inner, nameOf);
        else if (PHOTOGRAPH.test(entry.name)) add(lookAt(inner, nameOf(inner)).photograph);
        else others++;
      }
    } catch (error) {
      add(withFault(path, nameOf(path), error));
    }
  };
  for (const word of words) {
    const path = resolve(folder, word);
    const { photograph, isFolder } = lookAt(path, word);
    const isAlone = words.length === 1;
    if (isFolder)
      walk(path, (inner) => (isAlone ? relative(path, inner) || word : join(word, relative(path, inner))));
    else add(photograph);
  }
  return { photographs: [...photographs.values()], others };
}

/** Links to folders are not followed: they may lead in a circle. */
function readFolder(path: string): Dirent[] {
  return readdirSync(path, { withFileTypes: true })
    .filter(({ name }) => !name.startsWith('.'))
    .sort((a, b) => collator.compare(a.name, b.name));
}

function lookAt(path: string, name: string): { photograph: Photograph; isFolder: boolean } {
  try {
    const found = statSync(path);
    const photograph: Photograph = { path, name, bytes: found.size };
    if (!found.isFile()) photograph.fault = 'This is no file.';
    return { photograph, isFolder: found.isDirectory() };
  } catch (error) {
    return { photograph: withFault(path, name, error), isFolder: false };
  }
}

/** Without the path: `name` stands beside it. */
export function withFault(path: string, name: string, error: unknown): Photograph {
  const { code } = error as NodeJS.ErrnoException;
  const known: Record<string, string> = {
    ENOENT: 'There is no such file.',
    EACCES: 'You may not read this.',
    EPERM: 'You may not read this.',
  };
  return { path, name, bytes: 0, fault: known[code ?? ''] ?? messageOf(error) };
}
