/**
 * @module core/lifecycle/temporary-folder
 * A folder for one conversion: made for it, removed after it, and found again where a process died in between.
 */
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PREFIX = 'pawprint-convert-';

/** host.json's functionTimeout ends a conversion after five minutes: a folder of an hour ago is nobody's any more. */
const DEAD_AFTER_MS = 3_600_000;

/**
 * Runs `task` with an empty folder of its own, which is gone afterwards, also when the task throws. Each instance
 * has a disk of its own, so folders that crashes left on this one are removed here, not only by the sweep.
 */
export async function withTemporaryFolder<T>(
  task: (folder: string) => Promise<T>,
  { within = tmpdir() }: { within?: string } = {},
): Promise<T> {
  await sweepTemporaryFolders({ within });
  const folder = await mkdtemp(join(within, PREFIX));
  try {
    return await task(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Removes the folders of dead conversions on this machine, and returns their paths. */
export async function sweepTemporaryFolders({
  now = new Date(),
  dryRun = false,
  within = tmpdir(),
} = {}): Promise<string[]> {
  const removed: string[] = [];
  for (const name of await readdir(within)) {
    if (!name.startsWith(PREFIX)) continue;
    const folder = join(within, name);
    // Two sweeps at once: the other one may have removed it.
    const modified = await stat(folder).then(
      ({ mtimeMs }) => mtimeMs,
      () => undefined,
    );
    if (modified === undefined || now.getTime() - modified < DEAD_AFTER_MS) continue;
    if (!dryRun) await rm(folder, { recursive: true, force: true });
    removed.push(folder);
  }
  return removed;
}
