/**
 * @module core/lifecycle/gates/production
 * What a version is compared with: the one in production, as far as it can be read.
 */

import { InvalidModelError } from '../../errors.ts';
import { type Evaluation, parseEvaluation } from '../../evaluation.ts';
import { decodeGolden } from '../../golden.ts';
import { FILE, type Manifest, type Precision, parseManifest, SERVABLE_FILE } from '../../manifest.ts';
import { findPointer } from '../../registry/registry.ts';
import type { Gate } from '../../registry/schema.ts';
import { isStarter } from '../../starter.ts';
import { versionPath } from '../../storage/names.ts';
import type { Storage } from '../../storage/storage.ts';
import type { OpenSession } from './answers.ts';
import { blameOf, gateOf, notJudged } from './gate.ts';
import type { Timed } from './timing.ts';

/** The version in production, with what could be read of it. */
export interface Opponent {
  version: string;
  precision: Precision;
  manifest: Manifest;
  evaluation: Evaluation | Unreadable;
}

/** Why something of the version in production can't be read. */
export interface Unreadable {
  unreadable: string;
}

/** Why there is nothing to compare with, and that this is all right. */
export interface Nothing {
  none: string;
}

/** What the pointer names, null where there is no pointer, and what there is to compare with. */
export type Production = Opponent | ({ version: string | null } & (Nothing | Unreadable));

/**
 * Reads what is in production. A version in production that is damaged doesn't throw: it must not keep out the one
 * that would replace it. Throws UnavailableError when storage or the pointer can't be read.
 */
export async function readProduction(storage: Storage, candidate: string): Promise<Production> {
  const found = await findPointer(storage);
  if (found === undefined) return { version: null, none: 'nothing is in production to compare with' };
  const { version, precision } = found.pointer;
  if (version === candidate) return { version, none: 'it is in production itself' };
  if (isStarter(version)) {
    return {
      version,
      none: `${version} in production is the starter, which never keeps out a model of one's own: only what a version has to reach by itself counts`,
    };
  }
  try {
    const stored = await storage.read('models', versionPath(version, FILE.manifest));
    const manifest = parseManifest(stored.bytes);
    return { version, precision, manifest, evaluation: await readEvaluation(storage, manifest) };
  } catch (error) {
    return { version, unreadable: `${version} in production can't be read: ${blameOf(error)}` };
  }
}

async function readEvaluation(storage: Storage, manifest: Manifest): Promise<Evaluation | Unreadable> {
  try {
    return parseEvaluation(await readFile(storage, manifest, FILE.evaluation), manifest);
  } catch (error) {
    return { unreadable: `${manifest.version} in production can't be compared with: ${blameOf(error)}` };
  }
}

/** The model in production, loaded, with its golden inputs, for timing. Throws for one that can't be loaded. */
export async function openProduction(
  storage: Storage,
  { manifest, precision }: Opponent,
  openSession: OpenSession,
): Promise<Timed> {
  const golden = decodeGolden(await readFile(storage, manifest, FILE.golden), manifest);
  const session = await openSession(await readFile(storage, manifest, SERVABLE_FILE[precision]));
  return { session, golden };
}

async function readFile(storage: Storage, manifest: Manifest, path: string): Promise<Buffer> {
  const file = manifest.files.find((entry) => entry.path === path);
  if (file === undefined) throw new InvalidModelError(`its manifest doesn't list ${path}.`);
  return storage.readModelFile('models', manifest.version, file);
}

/**
 * The gate `name` where there is no opponent: passed where there is nothing to compare with, and a warning where there
 * is something that can't be read.
 */
export function withoutOpponent(name: string, production: Nothing | Unreadable): Gate {
  if ('none' in production) return gateOf(name, { passed: true, reason: production.none });
  return notJudged(name, production.unreadable, { severity: 'warn' });
}
