/**
 * @module scripts/stack/starter
 * Publishes the model that comes with Pawprint in a registry without a model in production.
 */
import { UnavailableError } from '../../core/errors.ts';
import { FILE } from '../../core/manifest.ts';
import { findPointer, inspectRecord } from '../../core/registry/registry.ts';
import type { Container } from '../../core/storage/names.ts';
import { versionPath } from '../../core/storage/names.ts';
import type { Storage } from '../../core/storage/storage.ts';
import { pushVersion } from '../../training/push.ts';

export interface Publication {
  version: string;
  /** What is recorded from then on is about this publication, not about one before. */
  since: Date;
}

/**
 * Pushes the version in `folder`. One that was pushed before and never got into production has used up its events
 * (five failures, and no host tries again), so its last manifest is written anew, which is an event that no receipt
 * knows. Throws what {@link pushVersion} throws.
 */
export async function publishStarter(
  storage: Storage,
  folder: string,
  { log }: { log: (line: string) => void },
): Promise<Publication> {
  const since = new Date();
  let wasThere = false;
  const { version } = await pushVersion(storage, folder, {
    onFile: (path, outcome) => {
      if (path === FILE.manifest) wasThere = outcome === 'same';
    },
  });
  if (wasThere) await deliverAgain(storage, version);
  const how = wasThere
    ? `${version} was pushed before and is not registered; its event is sent again`
    : `Pushed ${version}`;
  log(`${how}: it is converted, judged and registered now ...`);
  return { version, since };
}

/** Begins where the version got stuck: at its registration when it is converted, else at its conversion. */
async function deliverAgain(storage: Storage, version: string): Promise<void> {
  const path = versionPath(version, FILE.manifest);
  const isConverted = (await storage.properties('models', path)) !== undefined;
  await writeAnew(storage, isConverted ? 'models' : 'trained', path);
}

/** The same bytes under a new ETag. Where somebody else was faster, that was an event too. */
async function writeAnew(storage: Storage, container: Container, path: string): Promise<void> {
  const { bytes, etag } = await storage.read(container, path);
  await storage.swap(container, path, bytes, etag);
}

/**
 * True when a model is in production; otherwise what is to be said when the time is over. Throws {@link UnavailableError}
 * with the reason when the publication has failed or was refused: waiting is in vain then.
 */
export async function isInProduction(
  storage: Storage,
  { version, since }: Publication,
): Promise<true | string> {
  if ((await findPointer(storage)) !== undefined) return true;
  const record = await inspectRecord(storage, version);
  const isOfNow = record !== undefined && record !== 'damaged' && new Date(record.registeredAt) >= since;
  if (isOfNow && record.state !== 'blessed') {
    const reasons = record.gates
      .filter(({ passed, severity = 'reject' }) => !passed && severity === 'reject')
      .map(({ name, reason }) => `  ${name}: ${reason}`);
    throw new UnavailableError(
      `The starter's model ${version} is not in production, it is ${record.state}:\n${reasons.join('\n')}\nMend what is named there (a setting, mostly); the next npm start on this state folder tries it again.`,
    );
  }
  return `the starter's model ${version} is not registered yet. Why may be in the log above. The next npm start on this state folder tries it again; --state DIR begins anew in another.`;
}
