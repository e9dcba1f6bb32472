/**
 * @module training/models/find-model
 * A version by what people call it: `starter`, a folder, or its name, looked up here and then in Blob Storage.
 */
import { readdir, readFile } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { InvalidModelError, NotFoundError } from '../../core/errors.ts';
import { compareBytes, sha256 } from '../../core/hash.ts';
import { FILE, type Manifest, type ManifestFile, parseManifest } from '../../core/manifest.ts';
import { versionPath } from '../../core/storage/names.ts';
import type { Storage } from '../../core/storage/storage.ts';
import { isVersion } from '../../core/version.ts';

export interface FoundModel {
  manifest: Manifest;
  /** Where it was found, for people. */
  place: string;
  /** A file that the manifest lists, its size and SHA-256 checked. Throws {@link InvalidModelError}. */
  read(path: string): Promise<Buffer>;
}

export interface Places {
  /** Folder of the starter's version. */
  starter: string;
  /** Folder that has a folder for each version trained here. */
  trained: string;
  /** Blob Storage, or null where the settings name none. */
  storage: Pick<Storage, 'find' | 'readModelFile'> | null;
}

/** Versions that are named when one isn't found: the newest. */
const NAMED = 5;

/**
 * Finds `name`: `starter`, a folder with a `manifest.json` (trained or servable), or a version, which is looked for
 * in `trained`, then in Blob Storage among the servable and among the trained ones. Throws {@link NotFoundError}
 * that says where it looked, {@link InvalidModelError} for a version that is damaged.
 */
export async function findModel(name: string, { starter, trained, storage }: Places): Promise<FoundModel> {
  if (name === 'starter') return readFolder(starter);
  if (await hasManifest(name)) return readFolder(name);
  if (!isVersion(name)) {
    throw new NotFoundError(
      `There is no model ${JSON.stringify(name)}: ${join(resolve(name), FILE.manifest)} is not there. --model is starter, a folder with a ${FILE.manifest}, or a version like 20261125T081500Z-1c9f00aa.`,
    );
  }
  const local = join(trained, name);
  if (await hasManifest(local)) return readFolder(local);
  const stored =
    storage && ((await readStored(storage, 'models', name)) ?? (await readStored(storage, 'trained', name)));
  if (stored) return stored;
  const inStorage = storage
    ? 'and in the containers models and trained of Blob Storage'
    : "MODEL_STORAGE isn't set, so Blob Storage wasn't asked";
  const known = (await listVersions(trained)).slice(-NAMED);
  const here = known.length > 0 ? `; there: ${known.join(', ')}` : ', which has no version';
  throw new NotFoundError(
    `There is no version ${name}. Looked in ${trained} (${FILE.manifest} in a folder of that name${here}); ${inStorage}.`,
  );
}

async function readFolder(folder: string): Promise<FoundModel> {
  const bytes = await readFile(join(folder, FILE.manifest)).catch((error: unknown) => {
    throw new NotFoundError(`${join(folder, FILE.manifest)} can't be read.`, { cause: error });
  });
  const manifest = parseManifest(bytes);
  return {
    manifest,
    place: shortest(folder),
    read: async (path) => readLocalFile(folder, entryOf(manifest, path)),
  };
}

async function readStored(
  storage: NonNullable<Places['storage']>,
  container: 'models' | 'trained',
  version: string,
): Promise<FoundModel | undefined> {
  const stored = await storage.find(container, versionPath(version, FILE.manifest));
  if (stored === undefined) return undefined;
  const manifest = parseManifest(stored.bytes);
  return {
    manifest,
    place: `the container ${container}`,
    read: async (path) => storage.readModelFile(container, version, entryOf(manifest, path)),
  };
}

async function readLocalFile(folder: string, file: ManifestFile): Promise<Buffer> {
  const path = join(folder, file.path);
  const bytes = await readFile(path).catch((error: unknown) => {
    throw new InvalidModelError(`${path} can't be read; the manifest lists it.`, { cause: error });
  });
  if (bytes.length !== file.bytes || sha256(bytes) !== file.sha256) {
    throw new InvalidModelError(`${path} is not the file that its manifest lists: size or SHA-256 differ.`);
  }
  return bytes;
}

function entryOf({ files, version }: Manifest, path: string): ManifestFile {
  const entry = files.find((file) => file.path === path);
  if (entry === undefined) throw new InvalidModelError(`The manifest of ${version} doesn't list ${path}.`);
  return entry;
}

/** Relative to where the command was started, for what lies there. */
function shortest(folder: string): string {
  const within = relative('', folder);
  return within === '' || within.startsWith('..') || isAbsolute(within) ? folder : within;
}

async function listVersions(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter(isVersion).sort(compareBytes);
}

async function hasManifest(folder: string): Promise<boolean> {
  return readFile(join(folder, FILE.manifest)).then(
    () => true,
    () => false,
  );
}
