/**
 * @module core/registry/compare-versions
 * Two versions side by side: what each says of itself, and both on the pictures that neither was trained on.
 */

import { InvalidModelError, NotFoundError } from '../errors.ts';
import { type EvaluatedPicture, parseEvaluation } from '../evaluation.ts';
import { FILE, type Manifest, type Precision, parseManifest } from '../manifest.ts';
import { binomialAtLeast } from '../statistics.ts';
import { versionPath } from '../storage/names.ts';
import type { Storage } from '../storage/storage.ts';
import { parseVersion } from '../version.ts';
import { findRecord } from './registry.ts';

/** Shares; null with no pictures. */
export interface Accuracy {
  n: number;
  top1: number | null;
  top3: number | null;
  meanPerClass: number | null;
}

export interface ComparedVersion {
  version: string;
  /** What it serves at; float32 where it wasn't blessed. All figures are of it. */
  precision: Precision;
  /** On all pictures that it held back. */
  own: Accuracy;
  /** On the pictures that both held back. */
  paired: Accuracy;
}

export interface VersionComparison {
  a: ComparedVersion;
  b: ComparedVersion;
  /** Pictures that both held back, by SHA-256, with the same label. */
  pairs: number;
  /** Pictures that both held back with labels that differ; they aren't counted. */
  labelledOtherwise: number;
  onlyAIsRight: number;
  onlyBIsRight: number;
  /** Of McNemar's exact test, two-sided; null without pairs. */
  p: number | null;
}

/**
 * Compares two versions whose files are in `models`. Throws NotFoundError for one that isn't there,
 * InvalidModelError for one that is damaged, BadRequestError for a name that is none.
 */
export async function compareVersions(storage: Storage, a: string, b: string): Promise<VersionComparison> {
  const [first, second] = [await readVersion(storage, a), await readVersion(storage, b)];
  const others = new Map(second.pictures.map((picture) => [picture.sha256, picture]));
  const shared = first.pictures.filter(({ sha256 }) => others.has(sha256));
  const pairs = shared
    .map((picture) => [picture, others.get(picture.sha256)!] as const)
    .filter(([one, other]) => one.label === other.label);
  const isRight = ({ rank }: EvaluatedPicture, { precision }: { precision: Precision }) =>
    rank[precision] === 1;
  const onlyAIsRight = pairs.filter(([one, other]) => isRight(one, first) && !isRight(other, second)).length;
  const onlyBIsRight = pairs.filter(([one, other]) => !isRight(one, first) && isRight(other, second)).length;
  const compared = (version: ReadVersion, side: 0 | 1): ComparedVersion => ({
    version: version.version,
    precision: version.precision,
    own: ownAccuracy(version),
    paired: accuracyOn(
      pairs.map((pair) => pair[side]),
      version.precision,
    ),
  });
  return {
    a: compared(first, 0),
    b: compared(second, 1),
    pairs: pairs.length,
    labelledOtherwise: shared.length - pairs.length,
    onlyAIsRight,
    onlyBIsRight,
    p: pairs.length === 0 ? null : mcnemar(onlyAIsRight, onlyBIsRight),
  };
}

/**
 * Exact test of McNemar ("Note on the sampling error of the difference between correlated proportions", 1947),
 * two-sided: the chance that, of the pictures that only one of two equally good models gets right, at least as many
 * fall to one side as did here. 1 where they never differ.
 */
function mcnemar(onlyA: number, onlyB: number): number {
  return Math.min(1, 2 * binomialAtLeast(Math.max(onlyA, onlyB), onlyA + onlyB));
}

interface ReadVersion {
  version: string;
  precision: Precision;
  manifest: Manifest;
  /** Each SHA-256 once. */
  pictures: EvaluatedPicture[];
}

async function readVersion(storage: Storage, version: string): Promise<ReadVersion> {
  const stored = await storage.find('models', versionPath(parseVersion(version), FILE.manifest));
  if (stored === undefined) throw new NotFoundError(`Version ${version} has no files in models.`);
  const manifest = parseManifest(stored.bytes);
  const file = manifest.files.find(({ path }) => path === FILE.evaluation);
  if (file === undefined)
    throw new InvalidModelError(`The manifest of ${version} doesn't list ${FILE.evaluation}.`);
  const { pictures } = parseEvaluation(await storage.readModelFile('models', version, file), manifest);
  const precision = (await findRecord(storage, version))?.precision ?? 'float32';
  const once = new Map(pictures.map((picture) => [picture.sha256, picture]));
  return { version, precision, manifest, pictures: [...once.values()] };
}

/** As its manifest tells. */
function ownAccuracy({ manifest: { metrics }, precision }: ReadVersion): Accuracy {
  const { n, top1, top3, meanPerClassRecall } = metrics[precision];
  return n === 0 ? accuracyOn([], precision) : { n, top1, top3, meanPerClass: meanPerClassRecall };
}

function accuracyOn(pictures: readonly EvaluatedPicture[], precision: Precision): Accuracy {
  const n = pictures.length;
  if (n === 0) return { n, top1: null, top3: null, meanPerClass: null };
  const within = (some: readonly EvaluatedPicture[], k: number) =>
    some.filter(({ rank }) => rank[precision] <= k).length / some.length;
  const recalls = [...Map.groupBy(pictures, ({ label }) => label).values()].map((own) => within(own, 1));
  const meanPerClass = recalls.reduce((total, recall) => total + recall, 0) / recalls.length;
  return { n, top1: within(pictures, 1), top3: within(pictures, 3), meanPerClass };
}
