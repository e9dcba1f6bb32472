/**
 * @module core/lifecycle/record-failure
 * What becomes of a version whose step failed as often as the host tries: a record that says so, and a line that an
 * alert can match.
 */
import { FILE } from '../manifest.ts';
import { updateRecord } from '../registry/registry.ts';
import type { VersionRecord } from '../registry/schema.ts';
import { STEP_CONTAINER, type StepName, versionPath } from '../storage/names.ts';
import type { Storage } from '../storage/storage.ts';
import { findReceipt, type Receipt } from './receipts.ts';

/**
 * With what the log line of every version that was recorded as failed begins; JSON with `version`, `step`,
 * `attempts` and `reason` follows. Alerts match it, so it stays as it is.
 */
export const VERSION_FAILED_EVENT = 'PawprintVersionFailed';

export interface Failure {
  step: StepName;
  version: string;
  /** Of work on this manifest; 0 when no attempt got so far as to take a receipt. */
  attempts: number;
  reason: string;
}

/**
 * Records `version` as failed, with the last error that its receipt kept. Leaves the record alone, and returns
 * undefined, when that is no longer so: the step was done meanwhile, the version is blessed, or it is gone. A
 * record that is damaged is replaced. A failed version is done again by its next event.
 */
export async function recordFailure(
  storage: Storage,
  { step, version, now = new Date() }: { step: StepName; version: string; now?: Date },
): Promise<Failure | undefined> {
  const manifest = await storage.properties(STEP_CONTAINER[step], versionPath(version, FILE.manifest));
  if (manifest === undefined) return undefined;
  const receipt = (await findReceipt(storage, step, version))?.receipt;
  const isOfThisManifest = receipt?.manifest === manifest.etag;
  if (isOfThisManifest && receipt?.state === 'finished') return undefined;

  const attempts = isOfThisManifest ? (receipt?.attempts ?? 0) : 0;
  const failure = { step, version, attempts, reason: reasonOf(step, isOfThisManifest ? receipt : undefined) };
  const record = failedRecord(failure, now);
  // Blessed, but its files were removed and pushed again since: then this is about those.
  const written = await updateRecord(storage, version, (existing) =>
    existing?.state === 'blessed' && existing.removed === undefined ? undefined : record,
  );
  return written === record ? failure : undefined;
}

function reasonOf(step: StepName, receipt: Receipt | undefined): string {
  if (receipt === undefined) {
    return `${step} failed before it could begin; why is in the log of the function ${step}.`;
  }
  if (receipt.state === 'failed') return receipt.lastError ?? 'no message';
  const before = receipt.lastError === null ? '' : ` The attempt before failed: ${receipt.lastError}`;
  return `The attempt that began at ${receipt.startedAt} never ended: its process was killed, or ran out of time or memory.${before}`;
}

function failedRecord({ step, version, attempts, reason }: Failure, now: Date): VersionRecord {
  return {
    schemaVersion: 1,
    version,
    state: 'failed',
    precision: null,
    registeredAt: now.toISOString(),
    gates: [{ name: `${step} ends`, value: attempts, threshold: null, passed: false, reason }],
  };
}
