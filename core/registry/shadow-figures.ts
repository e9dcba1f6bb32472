/**
 * @module core/registry/shadow-figures
 * How a shadow answered beside production: sums that an instance adds to in memory and writes at intervals, and
 * the figures that follow from those of all instances.
 */
import { z } from 'zod';
import { shadowPath, shadowPrefix } from '../storage/names.ts';
import type { Storage } from '../storage/storage.ts';
import { versionSchema } from '../version.ts';
import { writeOwnDocument } from './own-document.ts';
import { decodeDocument } from './schema.ts';

const count = z.int().min(0);
const milliseconds = z.number().min(0);

const comparisonSchema = z.strictObject({
  production: versionSchema.describe('what the shadow is compared with'),
  n: count.describe('photographs that both answered'),
  sameTop1: count.describe('where both name the same breed first'),
  sumDifference: z
    .number()
    .min(0)
    .describe("of the probability of production's first breed, absolute, over the photographs"),
  productionMs: milliseconds.describe('inference, summed over the photographs'),
  shadowMs: milliseconds,
  dropped: count.describe('photographs that the shadow did not get, the instance being busy'),
  failed: count.describe('photographs that the shadow could not answer'),
});
/** What one instance has seen of one shadow beside one version in production. */
export type Comparison = z.infer<typeof comparisonSchema>;

export const shadowReportSchema = z.strictObject({
  schemaVersion: z.literal(1),
  shadow: versionSchema,
  instance: z.string(),
  since: z.iso.datetime(),
  at: z.iso.datetime(),
  comparisons: z.array(comparisonSchema),
});
/** `registry/shadow/{version}/{instance}.json`; only its instance writes it. */
export type ShadowReport = z.infer<typeof shadowReportSchema>;

export interface ShadowFigures {
  production: string;
  n: number;
  /** Share of photographs with the same breed first. From here on null with none. */
  agreement: number | null;
  /** Mean absolute difference of the probability of production's first breed. */
  meanDifference: number | null;
  /** Time of the shadow over that of production, inference alone. */
  latencyRatio: number | null;
  dropped: number;
  failed: number;
}

/** No photographs yet, beside `production`. */
export function emptyComparison(production: string): Comparison {
  return {
    production,
    n: 0,
    sameTop1: 0,
    sumDifference: 0,
    productionMs: 0,
    shadowMs: 0,
    dropped: 0,
    failed: 0,
  };
}

/** The figures of sums, which may be of several instances. */
export function figuresOf(comparisons: readonly Comparison[]): ShadowFigures[] {
  return [...new Set(comparisons.map(({ production }) => production))].map((production) => {
    const own = comparisons.filter((comparison) => comparison.production === production);
    const total = (key: Exclude<keyof Comparison, 'production'>) =>
      own.reduce((sum, comparison) => sum + comparison[key], 0);
    const n = total('n');
    const ratio = (part: number, whole: number) => (whole > 0 ? part / whole : null);
    return {
      production,
      n,
      agreement: ratio(total('sameTop1'), n),
      meanDifference: ratio(total('sumDifference'), n),
      latencyRatio: ratio(total('shadowMs'), total('productionMs')),
      dropped: total('dropped'),
      failed: total('failed'),
    };
  });
}

/** The figures of a shadow over all instances that wrote any, for each version that it stood beside. */
export async function readShadowFigures(storage: Storage, shadow: string): Promise<ShadowFigures[]> {
  const comparisons: Comparison[] = [];
  for (const path of await storage.list('registry', shadowPrefix(shadow))) {
    const blob = await storage.find('registry', path);
    if (blob === undefined) continue;
    comparisons.push(...decodeDocument(shadowReportSchema, path, blob.bytes).comparisons);
  }
  return figuresOf(comparisons);
}

/** Writes the report of an instance in place of its last one. */
export async function writeShadowReport(storage: Storage, report: ShadowReport): Promise<void> {
  await writeOwnDocument(storage, shadowPath(report.shadow, report.instance), report);
}
