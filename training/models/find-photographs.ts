/**
 * @module training/models/find-photographs
 * The photographs that words of a command line mean: files as they are, folders by what is in them.
 */
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { compareBytes } from '../../core/hash.ts';
import { isPictureFormat, sniffFormat } from '../../core/image/sniff.ts';

/** Bytes by which a format is told. */
const HEAD = 1024;

/**
 * The paths in the order of the words. A folder stands for the pictures in it and in its folders, in the order of
 * their bytes: known by their first bytes, hidden ones and other files passed over. What isn't there is kept, so
 * that its turn says so.
 */
export async function findPhotographs(words: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for (const word of words) {
    const isFolder = await stat(word).then(
      (stats) => stats.isDirectory(),
      () => false,
    );
    found.push(...(isFolder ? await picturesIn(word) : [word]));
  }
  return found;
}

async function picturesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const pictures: string[] = [];
  for (const entry of entries.sort((a, b) => compareBytes(a.name, b.name))) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory()) pictures.push(...(await picturesIn(path)));
    else if (await isPicture(path)) pictures.push(path);
  }
  return pictures;
}

async function isPicture(path: string): Promise<boolean> {
  const file = await open(path).catch(() => null);
  if (file === null) return false;
  try {
    const head = new Uint8Array(HEAD);
    const { bytesRead } = await file.read(head, 0, HEAD);
    return isPictureFormat(sniffFormat(head.subarray(0, bytesRead)));
  } catch {
    // A link to a folder opens and can't be read.
    return false;
  } finally {
    await file.close();
  }
}
