/**
 * @module training/data/unpack-zip
 * The entries of a zip file.
 */
import { stat } from 'node:fs/promises';
import { type Entry, getFileNameLowLevel, openPromise } from 'yauzl';
import { type ReadArchiveOptions, refusedEntry } from './archive-entry.ts';

/** Kinds of files in the upper half of the external attributes, where a Unix system made the entry (stat.h). */
const KIND = { mask: 0o170000, file: 0o100000, folder: 0o040000, link: 0o120000 } as const;

/**
 * Hands every entry of the zip file at `path` to `take`, one at a time. An entry whose length isn't what the
 * directory says is refused by the reader. Throws what `take` throws, and for a damaged file.
 */
export async function readZip(path: string, { take, onProgress }: ReadArchiveOptions): Promise<void> {
  const { size } = await stat(path);
  // Names are decoded here: the library would turn backslashes into slashes, or refuse them without our words.
  const zip = await openPromise(path, { decodeStrings: false, autoClose: false });
  let done = 0;
  try {
    for await (const entry of zip.eachEntry()) {
      const name = nameOf(entry);
      const kind = kindOf(entry, name);
      if (entry.isEncrypted()) throw refusedEntry(name, 'it is encrypted');
      if (!entry.canDecodeFileData())
        throw refusedEntry(name, `its compression (method ${entry.compressionMethod}) can't be read`);
      await take({ name, kind, content: await zip.openReadStreamPromise(entry) });
      done += entry.compressedSize;
      onProgress?.(Math.min(done, size), size);
    }
  } finally {
    zip.close();
  }
}

function nameOf(entry: Entry): string {
  const raw = entry.fileNameRaw;
  return getFileNameLowLevel(entry.generalPurposeBitFlag, raw, entry.extraFields, true);
}

function kindOf(entry: Entry, name: string): 'file' | 'folder' {
  const kind = (entry.externalFileAttributes >>> 16) & KIND.mask;
  if (kind === KIND.link) throw refusedEntry(name, 'it is a link');
  if (kind !== 0 && kind !== KIND.file && kind !== KIND.folder)
    throw refusedEntry(name, 'it is a device or a pipe');
  return name.endsWith('/') || kind === KIND.folder ? 'folder' : 'file';
}
