/**
 * @module core/lifecycle/sweep
 * Removes what was begun and never ended: folders without a manifest, receipts of long ago, temporary folders of
 * conversions that died. Nothing that carries a manifest is ever touched: old versions are removed by `gc` only.
 */
import { tmpdir } from 'node:os';
import { FILE } from '../manifest.ts';
import { inspectRecord } from '../registry/registry.ts';
import { RECEIPTS_PREFIX, versionPath } from '../storage/names.ts';
import type { ListedBlob, Storage } from '../storage/storage.ts';
import { isVersion } from '../version.ts';
import { sweepTemporaryFolders } from './temporary-folder.ts';

const DAY_MS = 86_400_000;

/** An upload or a conversion that hasn't written for so long won't go on. */
const FOLDER_AGE_MS = DAY_MS;
/** The host delivers an event again for at most a week, the life of a queue's message. */
const RECEIPT_AGE_MS = 7 * DAY_MS;

export interface SweepOptions {
  now?: Date;
  /** Says what would be removed, and removes nothing. */
  dryRun?: boolean;
  /** The machine's folder for temporary files. */
  temporary?: string;
  log?: (line: string) => void;
}

/** What was removed, or would be in a dry run. */
export interface Swept {
  /** `trained/{version}` and `models/{version}`. */
  folders: string[];
  receipts: string[];
  temporaryFolders: string[];
}

/** Sweeps `trained`, `models`, the receipts and this machine's temporary folder. Throws UnavailableError. */
export async function sweep(
  storage: Storage,
  { now = new Date(), dryRun = false, temporary = tmpdir(), log = () => {} }: SweepOptions = {},
): Promise<Swept> {
  const verb = dryRun ? 'would be removed' : 'removed';
  const swept: Swept = { folders: [], receipts: [], temporaryFolders: [] };
  for (const container of ['trained', 'models'] as const) {
    for (const folder of await findAbandoned(storage, container, now)) {
      const name = `${container}/${folder.version}`;
      // Their files are in use: a manifest that is missing there is a fault to be mended, not a folder to be removed.
      const record = await inspectRecord(storage, folder.version);
      if (record === 'damaged') {
        log(`${name} is kept: the record of the version is damaged, so nobody knows whether it is in use.`);
        continue;
      }
      if (record?.state === 'blessed' && record.removed === undefined) {
        log(`${name} is kept: the version is blessed, and its manifest is missing. Restore it.`);
        continue;
      }
      if (!dryRun && !(await removeFolder(storage, container, folder, now))) continue;
      swept.folders.push(name);
      const newest = newestOf(folder.blobs).toISOString();
      log(`${name} ${verb}: ${folder.blobs.length} files, the newest of ${newest}, and no manifest`);
    }
  }
  for await (const receipt of storage.listBlobs('registry', RECEIPTS_PREFIX)) {
    if (now.getTime() - receipt.lastModified.getTime() < RECEIPT_AGE_MS) continue;
    if (dryRun || (await storage.remove('registry', receipt.path, receipt.etag))) {
      swept.receipts.push(receipt.path);
    }
  }
  swept.temporaryFolders = await sweepTemporaryFolders({ now, dryRun, within: temporary });
  log(
    `${swept.folders.length} folders, ${swept.receipts.length} receipts and ${swept.temporaryFolders.length} temporary folders ${verb}`,
  );
  return swept;
}

interface Folder {
  version: string;
  blobs: ListedBlob[];
}

/** The folders of versions that have no manifest and whose newest file is older than a day. Others are no concern of ours. */
async function findAbandoned(
  storage: Storage,
  container: 'trained' | 'models',
  now: Date,
): Promise<Folder[]> {
  const abandoned: Folder[] = [];
  let current: Folder | undefined;
  const close = () => {
    if (current !== undefined && isAbandoned(current, now)) abandoned.push(current);
  };
  // Blobs come in the order of their paths, so those of a folder come together.
  for await (const blob of storage.listBlobs(container)) {
    const [version = '', ...rest] = blob.path.split('/');
    if (rest.length === 0 || !isVersion(version)) continue;
    if (version !== current?.version) {
      close();
      current = { version, blobs: [] };
    }
    current.blobs.push(blob);
  }
  close();
  return abandoned;
}

function isAbandoned({ version, blobs }: Folder, now: Date): boolean {
  const hasManifest = blobs.some((blob) => blob.path === versionPath(version, FILE.manifest));
  return !hasManifest && now.getTime() - newestOf(blobs).getTime() >= FOLDER_AGE_MS;
}

function newestOf(blobs: readonly ListedBlob[]): Date {
  return new Date(Math.max(...blobs.map((blob) => blob.lastModified.getTime())));
}

/** Looks at the folder once more, and removes each file only as it was listed: an upload may just have gone on. */
async function removeFolder(
  storage: Storage,
  container: 'trained' | 'models',
  { version }: Folder,
  now: Date,
): Promise<boolean> {
  const blobs: ListedBlob[] = [];
  for await (const blob of storage.listBlobs(container, `${version}/`)) blobs.push(blob);
  if (blobs.length === 0 || !isAbandoned({ version, blobs }, now)) return false;
  for (const { path, etag } of blobs) await storage.remove(container, path, etag);
  return true;
}
