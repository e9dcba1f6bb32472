/**
 * @module core/storage/names
 * Containers and paths of everything in Blob Storage.
 */
import { FILE } from '../manifest.ts';
import { isVersion } from '../version.ts';

export const CONTAINERS = ['trained', 'models', 'registry', 'feedback', 'datasets'] as const;
export type Container = (typeof CONTAINERS)[number];

export const POINTER_PATH = 'production.json';

/** Path of the record of a version in the container `registry`. */
export function recordPath(version: string): string {
  return `versions/${version}.json`;
}

/** Path of a file of a version in `trained` or `models`. */
export function versionPath(version: string, file: string): string {
  return `${version}/${file}`;
}

/**
 * The version whose manifest lies at `path`, or undefined for any other blob. Events come for all blobs of
 * an account, whatever the trigger's own filter says.
 */
export function versionOfManifest(path: string): string | undefined {
  const [version, file, ...more] = path.split('/');
  const isManifest = file === FILE.manifest && more.length === 0;
  return isManifest && version !== undefined && isVersion(version) ? version : undefined;
}
