/**
 * @module training/container/checkpoint-store
 * The checkpoint of a job in Blob Storage: a job that is tried again comes up on another machine, with an empty disk.
 */
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '../../core/errors.ts';
import { sha256 } from '../../core/hash.ts';
import type { Storage } from '../../core/storage/storage.ts';

const LARGEST_BYTES = 2_000_000_000;

export interface CheckpointStore {
  /** Makes the last checkpoint a file; false where there is none. */
  restore(): Promise<boolean>;
  /** Keeps a checkpoint that is newer than the last one that was kept; tells and goes on where that fails. */
  save(): Promise<void>;
  /** Does so every `seconds`, until the function that it returns is called. */
  saveEvery(seconds: number): () => void;
  clear(): Promise<void>;
}

export interface CheckpointStoreOptions {
  /** What is trained on: there is one checkpoint for each. Whether it fits the run, its own key says. */
  data: string;
  /** The file that training writes. */
  file: string;
  log: (line: string) => void;
}

/** Path of the checkpoint in the container `trained`: beside the versions, under a name that no version has. */
export const checkpointPath = (data: string) => `checkpoints/${sha256(data).slice(0, 16)}.bin`;

export function openCheckpointStore(
  storage: Pick<Storage, 'find' | 'swap' | 'properties' | 'remove'>,
  { data, file, log }: CheckpointStoreOptions,
): CheckpointStore {
  const path = checkpointPath(data);
  let keptAt = 0;
  let saving = Promise.resolve();

  const saveNow = async () => {
    const writtenAt = await timeOf(file);
    if (writtenAt <= keptAt) return;
    try {
      const etag = (await storage.properties('trained', path))?.etag ?? null;
      const kept = await storage.swap('trained', path, await readFile(file), etag);
      if (kept === undefined) throw new Error('another job writes it, too');
      keptAt = writtenAt;
      log(`the checkpoint is kept in trained/${path}`);
    } catch (error) {
      log(`note: the checkpoint can't be kept in Blob Storage: ${messageOf(error)}`);
    }
  };
  const save = () => {
    saving = saving.then(saveNow);
    return saving;
  };
  return {
    async restore() {
      if ((await timeOf(file)) > 0) return true;
      const found = await storage.find('trained', path, { largestBytes: LARGEST_BYTES });
      if (found === undefined) return false;
      await mkdir(dirname(file), { recursive: true });
      await writeFile(`${file}.part`, found.bytes);
      await rename(`${file}.part`, file);
      keptAt = await timeOf(file);
      return true;
    },
    save,
    saveEvery(seconds) {
      const timer = setInterval(save, seconds * 1000);
      return () => clearInterval(timer);
    },
    async clear() {
      await saving;
      const found = await storage.properties('trained', path);
      if (found) await storage.remove('trained', path, found.etag);
    },
  };
}

/** When a file was written, in milliseconds; 0 where there is none. */
const timeOf = (file: string) =>
  stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
