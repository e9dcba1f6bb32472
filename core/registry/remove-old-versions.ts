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
import { inspectRecord, updateRecord } from './registry.ts';
import { isMarkedBy, unmark } from './reopen.ts';
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
 * registered yet, or whose record is damaged. The manifests go first, so a version that is half removed is invisible; a
 * second call ends what was cut off. A version that was marked, and of which nothing was removed yet, is decided about
 * anew, and loses its mark when it stays. Throws {@link BadRequestError}, {@link ConflictError} with nothing in production, UnavailableError.
 *
 * The records are marked before the pointer is swapped with itself, and whoever moves the pointer reads it before the
 * record:
 *
 *     gc                                     promote A
 *     read pointer (etag 1): A isn't in it
 *                                            read pointer (etag 1), record of A: not removed
 *     mark A as removed
 *     swap if etag 1 -> etag 2
 *                                            swap if etag 1 -> refused; read again: A is marked
 *     remove the manifest of A if its ETag is what was listed, then the other files
 *
 * Were promote's swap the first, gc's would be refused, and A would be unmarked and kept. A promote that finds the
 * mark and the manifest takes the removal back before it moves the pointer: see takeRemovalBack.
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
    const { plan, stale } = await planRemoval(storage, {
      pointer: current.pointer,
      files,
      keep,
      ours: marked,
    });
    if (dryRun) return plan;
    const leaving = new Set(plan.removed.map(({ version }) => version));
    for (const version of marked) if (!leaving.has(version)) await unmark(storage, version, decision);
    for (const [version, removed] of stale) await unmark(storage, version, removed);
    for (const version of leaving) {
      await mark(storage, version, decision);
      marked.add(version);
    }
    if ((await swapPointer(storage, current, current.pointer)) === undefined) continue;
    const spared = new Set<string>();
    for (const version of leaving) {
      if (!(await removeFiles(storage, version, files.get(version)!, decision))) spared.add(version);
    }
    return withoutSpared(plan, spared);
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
): Promise<{ plan: RemovalPlan; stale: Map<string, Decision> }> {
  const plan: RemovalPlan = { removed: [], kept: [] };
  // Marks of versions that stay, of a removal that was cut off before it began.
  const stale = new Map<string, Decision>();
  const roles = rolesOf(pointer);
  let newest = 0;
  for (const version of [...files.keys()].sort(compareBytes).reverse()) {
    const folders = files.get(version)!;
    const blobs = FOLDERS.flatMap((container) => folders[container]);
    const record = await inspectRecord(storage, version);
    const isDamaged = record === 'damaged';
    const removed = isDamaged || ours.has(version) ? undefined : record?.removed;
    const isOfBefore =
      removed !== undefined && blobs.every((blob) => blob.lastModified <= new Date(removed.at));
    const wasCutOff = isOfBefore && hasBegun(version, folders);
    const isAmongNewest = !wasCutOff && hasManifest(version, blobs) && newest++ < keep;
    const wasPushedAgain = removed !== undefined && !isOfBefore;
    const why =
      roles.get(version) ??
      (isAmongNewest ? `among the newest ${keep}` : undefined) ??
      (record === undefined ? 'not registered' : undefined) ??
      (isDamaged ? 'damaged: its record can not be read' : undefined) ??
      (wasPushedAgain ? 'pushed again' : undefined);
    if (why !== undefined) {
      plan.kept.push({ version, why });
      if (isOfBefore && !wasCutOff) stale.set(version, removed);
    } else plan.removed.push({ version, files: blobs.length, bytes: sum(blobs.map(({ bytes }) => bytes)) });
  }
  return { plan: { removed: plan.removed.reverse(), kept: plan.kept.reverse() }, stale };
}

/** Whether the removal of a version that is marked has taken its first manifest: see {@link removeFiles}. */
function hasBegun(version: string, { trained, models }: Files): boolean {
  return !hasManifest(version, models.length > 0 ? models : trained);
}

/** The plan as it was carried out: some versions were taken back, or written again, after it was made. */
function withoutSpared({ removed, kept }: RemovalPlan, spared: ReadonlySet<string>): RemovalPlan {
  const why = 'taken back, written again or removed by another meanwhile';
  return {
    removed: removed.filter(({ version }) => !spared.has(version)),
    kept: [...kept, ...[...spared].map((version) => ({ version, why }))].sort((a, b) =>
      compareBytes(a.version, b.version),
    ),
  };
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

/** In place of an older mark too: who is about to take that one back has to notice that it isn't the same any more. */
async function mark(storage: Storage, version: string, removed: Decision): Promise<void> {
  await updateRecord(storage, version, (record) =>
    record === undefined || isMarkedBy(record, removed) ? undefined : { ...record, removed },
  );
}

/**
 * False, and nothing is removed, where the mark isn't ours any more or the manifest in `models` isn't the one that was
 * listed. That manifest goes first: it is what a removal that is taken back is held by.
 */
async function removeFiles(
  storage: Storage,
  version: string,
  files: Files,
  decision: Decision,
): Promise<boolean> {
  const record = await inspectRecord(storage, version);
  if (record === 'damaged' || !isMarkedBy(record, decision)) return false;
  const all = FOLDERS.flatMap((container) => files[container].map((blob) => ({ container, ...blob })));
  const isManifest = ({ path }: ListedBlob) => path === versionPath(version, FILE.manifest);
  const isServable = (blob: (typeof all)[number]) => blob.container === 'models' && isManifest(blob);
  const rank = (blob: (typeof all)[number]) => (isServable(blob) ? 0 : isManifest(blob) ? 1 : 2);
  for (const blob of all.sort((a, b) => rank(a) - rank(b))) {
    // What has changed since it was listed stays: somebody is pushing the version again.
    const isGone = await storage.remove(blob.container, blob.path, blob.etag);
    if (!isServable(blob)) continue;
    if (isGone) {
      // A gc that keeps more may have taken the mark away since we looked: files that go are always told of.
      await mark(storage, version, decision);
      continue;
    }
    // Written again: all its files are there. Gone: somebody else removes it, or our first try did arrive; the next
    // call ends that, by the mark.
    const isThere = (await storage.properties('models', blob.path)) !== undefined;
    if (isThere) await unmark(storage, version, decision);
    return false;
  }
  // They would say of the version, pushed again, that its work is done.
  for (const step of STEPS) {
    const receipt = await storage.find('registry', receiptPath(step, version));
    if (receipt !== undefined) await storage.remove('registry', receiptPath(step, version), receipt.etag);
  }
  return true;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
