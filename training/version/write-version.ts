/**
 * @module training/version/write-version
 * The folder of a version: written beside its place, read back, proven, and only then given its name.
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contentHash, sha256 } from '../../core/hash.ts';
import {
  FILE,
  formatManifest,
  type Manifest,
  type ManifestFile,
  parseManifest,
} from '../../core/manifest.ts';
import { makeVersion } from '../../core/version.ts';

/** All of a manifest but what follows from the files and the time. */
export type ManifestFacts = Omit<
  Manifest,
  'schemaVersion' | 'stage' | 'version' | 'createdAt' | 'files' | 'conversion'
>;

export interface WriteOptions {
  out: string;
  /** Content of each file, without the manifest. */
  files: ReadonlyMap<string, Uint8Array | string>;
  facts: ManifestFacts;
  createdAt: Date;
  /** Proves what was read back from disk, by whatever it takes; throws where it isn't what it should be. */
  check: (files: ReadonlyMap<string, Uint8Array>) => Promise<void>;
}

export interface Written {
  version: string;
  folder: string;
  manifest: Manifest;
}

/** Folders that a signal must take away: a run that is ended leaves nothing half. */
export const unfinished = new Set<string>();

/** Writes `out/{version}`. Nothing is left there when something fails. */
export async function writeVersion({ out, files, facts, createdAt, check }: WriteOptions): Promise<Written> {
  await mkdir(out, { recursive: true });
  const temporary = join(out, `.unfinished-${process.pid}`);
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary);
  unfinished.add(temporary);
  try {
    const listed: ManifestFile[] = [];
    for (const [path, content] of files) {
      const bytes = Buffer.from(content);
      await writeFile(join(temporary, path), bytes);
      listed.push({ path, bytes: bytes.length, sha256: sha256(bytes) });
    }
    const version = makeVersion(createdAt, contentHash(listed));
    const manifest = parseManifest(
      formatManifest({
        schemaVersion: 1,
        stage: 'trained',
        version,
        createdAt: createdAt.toISOString(),
        ...facts,
        files: listed,
        conversion: null,
      }),
    );
    await writeFile(join(temporary, FILE.manifest), formatManifest(manifest));
    await check(await readBack(temporary));
    const folder = join(out, version);
    await rename(temporary, folder);
    return { version, folder, manifest };
  } finally {
    await rm(temporary, { recursive: true, force: true });
    unfinished.delete(temporary);
  }
}

/** The files of a folder as its manifest lists them, hashes checked. */
async function readBack(folder: string): Promise<Map<string, Uint8Array>> {
  const { files } = parseManifest(await readFile(join(folder, FILE.manifest)));
  const read = new Map<string, Uint8Array>();
  for (const { path, sha256: expected } of files) {
    const bytes = await readFile(join(folder, path));
    if (sha256(bytes) !== expected) throw new Error(`${join(folder, path)} is not what was written.`);
    read.set(path, bytes);
  }
  return read;
}
