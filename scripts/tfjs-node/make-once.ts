/**
 * @module scripts/tfjs-node/make-once
 * A folder that is whole or not there.
 */
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Returns `folder`; where it isn't there, `make` fills an empty folder beside it and returns what of that is to
 * become it. Nothing is left behind when `make` throws.
 */
export async function makeOnce(
  folder: string,
  make: (temporary: string) => Promise<string>,
): Promise<string> {
  if (existsSync(folder)) return folder;
  await mkdir(dirname(folder), { recursive: true });
  const temporary = await mkdtemp(join(dirname(folder), '.unfinished-'));
  try {
    const made = await make(temporary);
    // mkdtemp makes a folder that nobody else may read.
    await chmod(made, 0o755);
    await rename(made, folder).catch((error: unknown) => {
      // Another set-up at the same time was faster.
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return folder;
}
