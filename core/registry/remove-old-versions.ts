/**
 * @module core/registry/remove-old-versions
 * Takes the files of old versions away. Their records stay, and say so.
 */
import { BadRequestError, ConflictError } from '../errors.ts';
import { compareBytes } from '../hash.ts';
import { FILE } from '../manifest.ts';
import { receiptPath, STEPS, versionPath } from '../storage/names.ts';
import type { ListedBlob, Storage } from '../storage/storage.ts';
import { isVersion } from '../version.ts';
import { isProductionMove, parseDecision } from './moves.ts';
import { findPointer, swapPointer } from './pointer.ts';
import { findRecord, updateRecord } from './registry.ts';
import type { Decision, Pointer } from './schema.ts';

/** Where the files of a version lie. What triggers a step comes first: without its manifest a folder is invisible. */
const FOLDERS = ['trained', 'models'] as const;

type Files = Record<(typeof FOLDERS)[number], ListedBlob[]>;

export interface RemovalOptions {
  /** So many of the newest versions stay, whatever became of them. At least 1. */
  keep: number;
  by: string;
  reason?: string;
  /** Only says what would be removed. */
  dryRun?: boolean;
  now?: () => Date;
}

export interface RemovalPlan {
  /** What is, or would be, removed; oldest first. */
  removed: { version: string; files: number; bytes: number }[];
  /** What stays, and why; oldest first. */
  kept: { version: string; why: string }[];
}

/**
 * Removes the files of all versions in `trained` and `models` but the newest `keep`. Never those of production, of
 * what a rollback returns to or production came from, of the canary or the shadow; never of a version that isn't
 * registered yet. The manifests go first, so a version that is half removed is invisible; a second call ends what
 * was cut off. Throws {@link BadRequestError}, {@link ConflictError} with nothing in production, UnavailableError.
 *
 * The records are marked before the pointer is swapped with itself, and whoever moves the pointer reads it before the
 * record:
 *
 *     gc                                     promote A
 *     read pointer (etag 1): A isn't in it
 *                                            read pointer (etag 1), record of A: not removed
 *     mark A as removed
 *     swap if etag 1 -> etag 2
 *                                            swap if etag 1 -> refused; read again: A is removed, 404
 *     remove the files of A
 *
 * Were promote's swap the first, gc's would be refused, and A would be unmarked and kept.
 */
export async function removeOldVersions(
  storage: Storage,
  { keep, dryRun = false, now = () => new Date(), ...given }: RemovalOptions,
): Promise<RemovalPlan> {
  if (!Number.isInteger(keep) || keep < 1) {
    throw new BadRequestError(`The number of versions to keep is a whole number from 1, not ${keep}.`);
  }
  const reason = given.reason ?? `not among the newest ${keep}`;
  const who = parseDecision({ by: given.by, reason });
  const files = await listFiles(storage);
  // After the listing: what is older than the mark was listed, what is newer was pushed again.
  const decision = { at: now().toISOString(), ...who };
  const marked = new Set<string>();
  for (;;) {
    const current = await findPointer(storage);
    if (current === undefined) {
      throw new ConflictError(
        'Nothing is in production, so nothing would be safe from removal. Register a version first.',
      );
    }
    const plan = await planRemoval(storage, { pointer: current.pointer, files, keep, ours: marked });
    if (dryRun) return plan;
    const leaving = new Set(plan.removed.map(({ version }) => version));
    for (const version of marked) if (!leaving.has(version)) await unmark(storage, version, decision);
    for (const version of leaving) {
      await mark(storage, version, decision);
      marked.add(version);
    }
    if ((await swapPointer(storage, current, current.pointer)) === undefined) continue;
    for (const version of leaving) await removeFiles(storage, version, files.get(version)!);
    return plan;
  }
}

async function listFiles(storage: Storage): Promise<Map<string, Files>> {
  const files = new Map<string, Files>();
  for (const container of FOLDERS) {
    for await (const blob of storage.listBlobs(container)) {
      const version = blob.path.split('/')[0]!;
      if (!isVersion(version)) continue;
      const folders = files.get(version) ?? { trained: [], models: [] };
      folders[container].push(blob);
      files.set(version, folders);
    }
  }
  return files;
}

async function planRemoval(
  storage: Storage,
  {
    pointer,
    files,
    keep,
    ours,
  }: { pointer: Pointer; files: Map<string, Files>; keep: number; ours: ReadonlySet<string> },
): Promise<RemovalPlan> {
  const plan: RemovalPlan = { removed: [], kept: [] };
  const roles = rolesOf(pointer);
  let newest = 0;
  for (const version of [...files.keys()].sort(compareBytes).reverse()) {
    const blobs = FOLDERS.flatMap((container) => files.get(version)![container]);
    const record = await findRecord(storage, version);
    const removedAt = ours.has(version) ? undefined : record?.removed?.at;
    const wasCutOff =
      removedAt !== undefined && blobs.every((blob) => blob.lastModified <= new Date(removedAt));
    const isAmongNewest = !wasCutOff && hasManifest(version, blobs) && newest++ < keep;
    const wasPushedAgain = removedAt !== undefined && !wasCutOff;
    const why =
      roles.get(version) ??
      (isAmongNewest ? `among the newest ${keep}` : undefined) ??
      (record === undefined ? 'not registered' : undefined) ??
      (wasPushedAgain ? 'pushed again' : undefined);
    if (why !== undefined) plan.kept.push({ version, why });
    else plan.removed.push({ version, files: blobs.length, bytes: sum(blobs.map(({ bytes }) => bytes)) });
  }
  return { removed: plan.removed.reverse(), kept: plan.kept.reverse() };
}

/** What each version is to the pointer. */
function rolesOf({ version, previous, canary, shadow, history }: Pointer): Map<string, string> {
  const roles: [string | null | undefined, string][] = [
    [shadow, 'the shadow'],
    [canary?.version, 'the canary'],
    [history.findLast(isProductionMove)?.from, 'what production came from'],
    [previous, 'what a rollback returns to'],
    [version, 'in production'],
  ];
  return new Map(roles.filter((entry): entry is [string, string] => entry[0] != null));
}

function hasManifest(version: string, blobs: readonly ListedBlob[]): boolean {
  return blobs.some(({ path }) => path === versionPath(version, FILE.manifest));
}

async function mark(storage: Storage, version: string, removed: Decision): Promise<void> {
  await updateRecord(storage, version, (record) =>
    record === undefined || record.removed !== undefined ? undefined : { ...record, removed },
  );
}

/** Takes our own mark away again, and nobody else's. */
async function unmark(storage: Storage, version: string, { at, by }: Decision): Promise<void> {
  await updateRecord(storage, version, (record) => {
    if (record?.removed?.at !== at || record.removed.by !== by) return undefined;
    const { removed: _, ...present } = record;
    return present;
  });
}

async function removeFiles(storage: Storage, version: string, files: Files): Promise<void> {
  const all = FOLDERS.flatMap((container) => files[container].map((blob) => ({ container, ...blob })));
  const isManifest = ({ path }: ListedBlob) => path === versionPath(version, FILE.manifest);
  const inOrder = [...all.filter(isManifest), ...all.filter((blob) => !isManifest(blob))];
  // What has changed since it was listed stays: somebody is pushing the version again.
  for (const { container, path, etag } of inOrder) await storage.remove(container, path, etag);
  // They would say of the version, pushed again, that its work is done.
  for (const step of STEPS) {
    const receipt = await storage.find('registry', receiptPath(step, version));
    if (receipt !== undefined) await storage.remove('registry', receiptPath(step, version), receipt.etag);
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
