/**
 * @module core/storage/names
 * Containers and paths of everything in Blob Storage.
 */
import { FILE } from '../manifest.ts';
import { isVersion } from '../version.ts';

export const CONTAINERS = ['trained', 'models', 'registry', 'feedback', 'datasets'] as const;
export type Container = (typeof CONTAINERS)[number];

export const POINTER_PATH = 'production.json';

export const RECORDS_PREFIX = 'versions/';

/** Path of the record of a version in the container `registry`. */
export function recordPath(version: string): string {
  return `${RECORDS_PREFIX}${version}.json`;
}

/** Where the reports on a shadow are in the container `registry`. */
export function shadowPrefix(version: string): string {
  return `shadow/${version}/`;
}

/** Path of what one instance reports on a shadow. */
export function shadowPath(version: string, instance: string): string {
  return `${shadowPrefix(version)}${instance}.json`;
}

/** Where the reports on the scores of a day, `yyyy-mm-dd`, are in the container `registry`. */
export function scoresPrefix(day: string): string {
  return `scores/${day}/`;
}

/** Path of what one instance reports on the scores of a day. */
export function scoresPath(day: string, instance: string): string {
  return `${scoresPrefix(day)}${instance}.json`;
}

/** The steps of a version that a blob event starts. */
export const STEPS = ['convert', 'register'] as const;
export type StepName = (typeof STEPS)[number];

/** The container in which the manifest lies whose arrival starts a step. */
export const STEP_CONTAINER = { convert: 'trained', register: 'models' } as const satisfies Record<
  StepName,
  Container
>;

/** The one lock against two trainings at once, in the container `registry`. */
export const RETRAIN_PATH = 'retrain.json';

export const RUNS_PREFIX = 'runs/';

/** Path of the record of a training run in the container `registry`. */
export function runPath(id: string): string {
  return `${RUNS_PREFIX}${id}.json`;
}

/** Feedback that a reviewer accepted, in the container `datasets`. */
export const ACCEPTED_PREFIX = 'feedback/';

/** Path of an accepted picture in the container `datasets`: training reads it as one of `breed`. */
export function acceptedPath(breed: string, id: string): string {
  return `${ACCEPTED_PREFIX}${breed}/${id}.jpg`;
}

export const RECEIPTS_PREFIX = 'receipts/';

/** Path of the receipt of a step of a version in the container `registry`. */
export function receiptPath(step: StepName, version: string): string {
  return `${RECEIPTS_PREFIX}${step}/${version}.json`;
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
