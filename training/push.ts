/**
 * @module training/push
 * Puts a trained version into Blob Storage: its files first, its manifest last, since the manifest is what
 * triggers the conversion. Pushing a version again is success as long as it is the same.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InvalidModelError } from '../core/errors.ts';
import { sha256 } from '../core/hash.ts';
import { FILE, parseManifest } from '../core/manifest.ts';
import { versionPath } from '../core/storage/names.ts';
import type { Storage } from '../core/storage/storage.ts';

/**
 * Pushes the trained version in `folder`. Throws {@link InvalidModelError} when a file isn't the one that its
 * manifest lists (nothing is written then), and ConflictError when storage has other content of that name.
 */
export async function pushVersion(
  storage: Pick<Storage, 'createOnce'>,
  folder: string,
  { onFile }: { onFile?: (path: string, outcome: 'created' | 'same') => void } = {},
): Promise<{ version: string }> {
  const manifestBytes = await readFile(join(folder, FILE.manifest));
  const { version, stage, files } = parseManifest(manifestBytes);
  if (stage !== 'trained')
    throw new InvalidModelError(`${folder} holds a ${stage} version; a trained one is pushed.`);
  const contents = new Map<string, Uint8Array>();
  for (const file of files) {
    const bytes = await readFile(join(folder, file.path));
    if (sha256(bytes) !== file.sha256) {
      throw new InvalidModelError(`${join(folder, file.path)} has changed since the manifest was written.`);
    }
    contents.set(file.path, bytes);
  }
  contents.set(FILE.manifest, manifestBytes);
  for (const [path, bytes] of contents) {
    const outcome = await storage.createOnce('trained', versionPath(version, path), bytes);
    onFile?.(path, outcome);
  }
  return { version };
}
