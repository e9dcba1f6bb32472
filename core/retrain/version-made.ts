/**
 * @module core/retrain/version-made
 * Which version a training made. It tells nobody; but it pushes one, and versions are named by the time they were made.
 */
import { FILE } from '../manifest.ts';
import type { Storage } from '../storage/storage.ts';
import { isVersion, timeOfVersion } from '../version.ts';

/**
 * The newest version in `trained` that is whole and was made since `since`, or null. Throws UnavailableError. One that
 * somebody pushes by hand meanwhile can't be told from it.
 */
export async function findVersionMade(storage: Storage, since: Date): Promise<string | null> {
  const from = Math.floor(since.getTime() / 1000) * 1000;
  const versions = (await storage.list('trained'))
    .map((path) => path.split('/'))
    .filter(
      ([version, file, ...more]) => isVersion(version ?? '') && file === FILE.manifest && more.length === 0,
    )
    .map(([version]) => version!)
    .filter((version) => timeOfVersion(version).getTime() >= from);
  return versions.sort().at(-1) ?? null;
}
