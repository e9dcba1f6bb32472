/**
 * @module core/registry/list-versions
 * The versions that the registry knows, with what their manifests say of them.
 */
import { mapConcurrently } from '../concurrency.ts';
import { InvalidModelError, NotFoundError } from '../errors.ts';
import { compareBytes } from '../hash.ts';
import { FILE, type Manifest, type Precision, parseManifest } from '../manifest.ts';
import { RECORDS_PREFIX, versionPath } from '../storage/names.ts';
import type { Storage } from '../storage/storage.ts';
import { isVersion, parseVersion } from '../version.ts';
import { findPointer } from './pointer.ts';
import { findRecord, inspectRecord } from './registry.ts';
import type { Pointer, VersionRecord } from './schema.ts';
import { readShadowFigures, type ShadowFigures } from './shadow-figures.ts';

export interface ListedVersion {
  version: string;
  /** `damaged`: its record can't be read; its manifest, written again, mends that. */
  state: VersionRecord['state'] | 'removed' | 'damaged';
  /** From here on null where the manifest is gone or damaged. */
  createdAt: string | null;
  /** What it serves at; null when it wasn't blessed. */
  precision: Precision | null;
  /** Shares of its own held-back photographs, at the precision that it serves at, else float32. */
  top1: number | null;
  top3: number | null;
}

export interface VersionList {
  production: string | null;
  previous: string | null;
  canary: Pointer['canary'];
  shadow: string | null;
  /** Newest first. */
  models: ListedVersion[];
}

/** Requests for manifests that are under way at once. */
const AT_ONCE = 8;

/** Every version with a record, and the pointer's settings. */
export async function listVersions(storage: Storage): Promise<VersionList> {
  const pointer = (await findPointer(storage))?.pointer;
  const names = (await storage.list('registry', RECORDS_PREFIX))
    .map((path) => path.slice(RECORDS_PREFIX.length).replace(/\.json$/, ''))
    .filter(isVersion)
    .sort(compareBytes)
    .reverse();
  const described = await mapConcurrently(names, AT_ONCE, (version) => describe(storage, version));
  return {
    production: pointer?.version ?? null,
    previous: pointer?.previous ?? null,
    canary: pointer?.canary ?? null,
    shadow: pointer?.shadow ?? null,
    models: described.filter((entry) => entry !== undefined),
  };
}

async function describe(storage: Storage, version: string): Promise<ListedVersion | undefined> {
  const record = await inspectRecord(storage, version);
  if (record === undefined) return undefined;
  const precision = record === 'damaged' ? null : record.precision;
  const found = await findManifest(storage, version);
  const metrics = found?.metrics[precision ?? 'float32'];
  return {
    version,
    state: stateOf(record),
    createdAt: found?.createdAt ?? null,
    precision,
    top1: metrics?.top1 ?? null,
    top3: metrics?.top3 ?? null,
  };
}

function stateOf(record: VersionRecord | 'damaged'): ListedVersion['state'] {
  if (record === 'damaged') return 'damaged';
  return record.removed === undefined ? record.state : 'removed';
}

export interface ShownVersion {
  record: VersionRecord;
  /** Null where it is gone or damaged. */
  manifest: Manifest | null;
  /** What it is to the pointer: `production`, `previous`, `canary`, `shadow`. */
  roles: string[];
  /** The lines of the pointer's history that are about it, oldest first. */
  moves: Pointer['history'];
  /** How it answered beside the versions in production, where it was their shadow. */
  shadow: ShadowFigures[];
}

/**
 * All that the registry has on one version. Throws NotFoundError for one that was never registered, BadRequestError,
 * and DamagedDocumentError where its record can't be read.
 */
export async function showVersion(storage: Storage, version: string): Promise<ShownVersion> {
  parseVersion(version);
  const record = await findRecord(storage, version);
  if (record === undefined) {
    throw new NotFoundError(
      `Version ${version} is not registered. \`npm run models -- list\` names those that are.`,
    );
  }
  const pointer = (await findPointer(storage))?.pointer;
  const is = (name: string, other: string | null | undefined) => (other === version ? [name] : []);
  return {
    record,
    manifest: (await findManifest(storage, version)) ?? null,
    roles: [
      ...is('production', pointer?.version),
      ...is('previous', pointer?.previous),
      ...is('canary', pointer?.canary?.version),
      ...is('shadow', pointer?.shadow),
    ],
    moves: (pointer?.history ?? []).filter((move) => move.version === version || move.from === version),
    shadow: await readShadowFigures(storage, version),
  };
}

/** The servable manifest; one that is damaged is as good as none here. */
export async function findManifest(storage: Storage, version: string): Promise<Manifest | undefined> {
  try {
    const stored = await storage.find('models', versionPath(version, FILE.manifest));
    return stored && parseManifest(stored.bytes);
  } catch (error) {
    if (error instanceof InvalidModelError) return undefined;
    throw error;
  }
}
