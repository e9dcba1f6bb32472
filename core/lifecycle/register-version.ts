/**
 * @module core/lifecycle/register-version
 * From a servable version to production: gates, record, pointer.
 */
import { type GateConfig, parseGateConfig } from '../config.ts';
import { InvalidModelError, UnavailableError } from '../errors.ts';
import { compareBytes } from '../hash.ts';
import { FILE, type Manifest, parseManifest } from '../manifest.ts';
import { isProductionMove } from '../registry/moves.ts';
import { findPointer, type PromotionOutcome, promoteIfNewer, updateRecord } from '../registry/registry.ts';
import { findRecordToRegister } from '../registry/reopen.ts';
import type { Gate, VersionRecord } from '../registry/schema.ts';
import { versionPath } from '../storage/names.ts';
import type { Storage } from '../storage/storage.ts';
import { blameOf, gateOf } from './gates/gate.ts';
import { type JudgeOptions, judgeVersion } from './gates/judge-version.ts';

export interface Registration {
  record: VersionRecord;
  outcome: PromotionOutcome | 'rejected';
}

export interface RegisterOptions {
  by: string;
  now?: Date;
  /** Thresholds of the gates; by default from the environment. */
  settings?: GateConfig;
  openSession?: JudgeOptions['openSession'];
}

/** Production that moves more often than this while a version is judged isn't waited for: the event comes again. */
const ATTEMPTS = 10;

/**
 * Judges `models/{version}`, writes its record, and moves production to it when it is blessed and newer.
 *
 * Doing it again is safe. A version that is rejected is judged again, since its files may have been repaired; so is a
 * blessed one that production hasn't moved to although it would, since that was cut off and its files, or what is in
 * production, may be others now:
 *
 *     register A (newest)             register B
 *     judge A against P
 *                                     judge B against P, promote B
 *     B is in production, not P: judge A again, against B
 *
 * Throws UnavailableError when storage can't be reached.
 */
export async function registerVersion(
  storage: Storage,
  version: string,
  { by, now = new Date(), settings = parseGateConfig(process.env), openSession }: RegisterOptions,
): Promise<Registration | 'gone'> {
  const at = now.toISOString();
  const options = { at, settings, ...(openSession ? { openSession } : {}) };
  const existing = await findRecordToRegister(storage, version);
  if (existing?.state === 'blessed') {
    const isDecidedByHand = existing.override !== undefined;
    if (isDecidedByHand || !(await wouldServe(storage, existing)))
      return promote(storage, existing, { at, by });
  }
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const judged = await judge(storage, version, options);
    if (judged === undefined) return 'gone';
    const record = await keepRecord(storage, judged.record);
    if (record.precision === null) return { record, outcome: 'rejected' };
    const current = (await findPointer(storage))?.pointer.version ?? null;
    const isComparedWithIt = judged.production === current;
    if (isComparedWithIt || !(await wouldServe(storage, record))) return promote(storage, record, { at, by });
  }
  throw new UnavailableError(
    `Production moved ${ATTEMPTS} times while ${version} was judged. This event is to be delivered again.`,
    { retryAfterSeconds: 30 },
  );
}

/** Whether the register function would move production to it. */
async function wouldServe(storage: Storage, { version }: VersionRecord): Promise<boolean> {
  const found = await findPointer(storage);
  if (found === undefined) return true;
  const isNewer = compareBytes(version, found.pointer.version) > 0;
  const hasServed = found.pointer.history.some((move) => isProductionMove(move) && move.version === version);
  return isNewer && !hasServed;
}

async function promote(
  storage: Storage,
  record: VersionRecord,
  { at, by }: { at: string; by: string },
): Promise<Registration> {
  const { version, precision } = record;
  if (precision === null) return { record, outcome: 'rejected' };
  const reason = 'newest version that passed every gate';
  return { record, outcome: await promoteIfNewer(storage, { version, precision }, { at, by, reason }) };
}

/** Writes the record, unless a person has decided about the version meanwhile: that stands. Returns what stands. */
async function keepRecord(storage: Storage, record: VersionRecord): Promise<VersionRecord> {
  const kept = await updateRecord(storage, record.version, (found) => {
    const isDecidedByHand = found?.override !== undefined || found?.removed !== undefined;
    return isDecidedByHand ? undefined : record;
  });
  return kept ?? record;
}

interface Judgement {
  record: VersionRecord;
  /** What was in production when it was judged; null where nothing was. */
  production: string | null;
}

/** Undefined where there is no such version, or none any more. */
async function judge(
  storage: Storage,
  version: string,
  { at, settings, openSession }: { at: string } & JudgeOptions,
): Promise<Judgement | undefined> {
  const read = await readServableManifest(storage, version);
  if (read === undefined) return undefined;
  const recordOf = (precision: VersionRecord['precision'], gates: Gate[]): VersionRecord => ({
    schemaVersion: 1,
    version,
    state: precision === null ? 'rejected' : 'blessed',
    precision,
    registeredAt: at,
    gates: [read.gate, ...gates],
  });
  if (read.manifest === undefined) return { record: recordOf(null, []), production: null };
  const options = { settings, ...(openSession ? { openSession } : {}) };
  const { gates, precision, production } = await judgeVersion(storage, read.manifest, options);
  return { record: recordOf(precision, gates), production };
}

/** The manifest and its gate; undefined when there is none. */
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
    return { manifest, gate: gateOf(name, { value, threshold: value, passed: true, reason }) };
  } catch (error) {
    return { gate: gateOf(name, { passed: false, reason: blameOf(error) }) };
  }
}
