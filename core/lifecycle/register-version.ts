/**
 * @module core/lifecycle/register-version
 * From a servable version to production: gates, record, pointer.
 */
import { InvalidModelError } from '../errors.ts';
import { FILE, type Manifest, parseManifest } from '../manifest.ts';
import { findRecord, type PromotionOutcome, promoteIfNewer, writeRecord } from '../registry/registry.ts';
import type { Gate, VersionRecord } from '../registry/schema.ts';
import { versionPath } from '../storage/names.ts';
import type { Storage } from '../storage/storage.ts';
import { failedGate, judgeVersion, type Verdict } from './gates.ts';

export interface Registration {
  record: VersionRecord;
  outcome: PromotionOutcome | 'rejected';
}

/**
 * Judges `models/{version}`, writes its record, and moves production to it when it is blessed and newer.
 * Doing it again is safe: a blessed version isn't judged a second time, a rejected one is, since its files
 * may have been repaired. Throws UnavailableError when storage can't be reached.
 */
export async function registerVersion(
  storage: Storage,
  version: string,
  { by, now = new Date() }: { by: string; now?: Date },
): Promise<Registration | 'gone'> {
  const at = now.toISOString();
  const existing = await findRecord(storage, version);
  const record = existing?.state === 'blessed' ? existing : await judge(storage, version, at);
  if (record === undefined) return 'gone';
  if (record !== existing) await writeRecord(storage, record);
  if (record.precision === null) return { record, outcome: 'rejected' };
  const target = { version, precision: record.precision };
  const reason = 'newest version that passed every gate';
  return { record, outcome: await promoteIfNewer(storage, target, { at, by, reason }) };
}

async function judge(
  storage: Storage,
  version: string,
  registeredAt: string,
): Promise<VersionRecord | undefined> {
  const read = await readServableManifest(storage, version);
  if (read === undefined) return undefined;
  const { manifest, gate } = read;
  const { gates, precision }: Verdict =
    manifest === undefined ? { gates: [], precision: null } : await judgeVersion(storage, manifest);
  return {
    schemaVersion: 1,
    version,
    state: precision === null ? 'rejected' : 'blessed',
    precision,
    registeredAt,
    gates: [gate, ...gates],
  };
}

/** The manifest and its gate; undefined when there is none, or none any more. */
async function readServableManifest(
  storage: Storage,
  version: string,
): Promise<{ manifest?: Manifest; gate: Gate } | undefined> {
  const name = 'schema';
  try {
    const stored = await storage.find('models', versionPath(version, FILE.manifest));
    if (stored === undefined) return undefined;
    const manifest = parseManifest(stored.bytes);
    if (manifest.version !== version || manifest.stage !== 'servable') {
      throw new InvalidModelError(`the manifest is of ${manifest.stage} version ${manifest.version}`);
    }
    const { schemaVersion: value } = manifest;
    const reason = 'the manifest is complete';
    return { manifest, gate: { name, value, threshold: value, passed: true, reason } };
  } catch (error) {
    return { gate: failedGate(name, error) };
  }
}
