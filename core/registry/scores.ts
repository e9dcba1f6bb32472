/**
 * @module core/registry/scores
 * How sure models are of what they are shown: counts that an instance adds to in memory and writes at intervals, and the
 * sums of all instances, from which drift is told.
 */
import { z } from 'zod';
import { mapConcurrently } from '../concurrency.ts';
import { dayOfDate } from '../day.ts';
import { compareBytes } from '../hash.ts';
import { scoresPath, scoresPrefix } from '../storage/names.ts';
import type { Storage } from '../storage/storage.ts';
import { versionSchema } from '../version.ts';
import { writeOwnDocument } from './own-document.ts';
import { tryDocument } from './schema.ts';

/**
 * Upper ends of the buckets of the best score, each end within its bucket. Finer towards 1, where most answers are.
 * Other ends need another `schemaVersion`: counts of two sets can't be added.
 */
export const SCORE_EDGES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1] as const;

const count = z.int().min(0);

export const scoreCountsSchema = z.strictObject({
  version: versionSchema.describe('the model that answered'),
  n: count.describe('photographs that it answered'),
  buckets: z
    .array(count)
    .length(SCORE_EDGES.length)
    .describe(`photographs by their best score, in buckets that end at ${SCORE_EDGES.join(', ')}`),
  sumScores: z.number().min(0).describe('of the best scores'),
  confident: count.describe('answers without a doubt; with the next two, n'),
  ambiguous: count,
  unknown: count,
  breeds: z.record(z.string().min(1).max(100), count).describe('photographs by the breed named first'),
});
/** What was seen of the answers of one version. */
export type ScoreCounts = z.infer<typeof scoreCountsSchema>;

export const scoresReportSchema = z.strictObject({
  schemaVersion: z.literal(1),
  instance: z.string().regex(/^[\w-]{1,64}$/),
  day: z.iso.date().describe('on which the answers were given, in UTC'),
  since: z.iso.datetime(),
  at: z.iso.datetime(),
  versions: z.array(scoreCountsSchema),
});
/** `registry/scores/{yyyy-mm-dd}/{instance}.json`; only its instance writes it. */
export type ScoresReport = z.infer<typeof scoresReportSchema>;

/** What one answer says, before any filter that a client asked for. */
export interface SeenAnswer {
  /** Named first. */
  breed: string;
  /** Of that breed: a calibrated probability. */
  score: number;
  reason: 'unknown' | 'ambiguous' | null;
}

/** No photographs yet. */
export function emptyScores(version: string): ScoreCounts {
  return {
    version,
    n: 0,
    buckets: SCORE_EDGES.map(() => 0),
    sumScores: 0,
    confident: 0,
    ambiguous: 0,
    unknown: 0,
    breeds: {},
  };
}

/** Counts one answer more, in place. */
export function countAnswer(counts: ScoreCounts, { breed, score, reason }: SeenAnswer): void {
  // A sum of floating-point numbers may be a little over 1.
  const bucket = SCORE_EDGES.findIndex((edge) => score <= edge);
  counts.n++;
  counts.buckets[bucket < 0 ? SCORE_EDGES.length - 1 : bucket]!++;
  counts.sumScores += score;
  counts[reason ?? 'confident']++;
  counts.breeds[breed] = (counts.breeds[breed] ?? 0) + 1;
}

/** Sums for each version, which may be of several instances and days; in the order of the versions' names. */
export function sumByVersion(all: readonly ScoreCounts[]): ScoreCounts[] {
  const sums = new Map<string, ScoreCounts>();
  for (const counts of all) {
    const sum = sums.get(counts.version) ?? emptyScores(counts.version);
    sums.set(counts.version, sum);
    for (const key of ['n', 'sumScores', 'confident', 'ambiguous', 'unknown'] as const) {
      sum[key] += counts[key];
    }
    for (const [index, photographs] of counts.buckets.entries()) sum.buckets[index]! += photographs;
    for (const [breed, photographs] of Object.entries(counts.breeds)) {
      sum.breeds[breed] = (sum.breeds[breed] ?? 0) + photographs;
    }
  }
  return [...sums.values()].sort((a, b) => compareBytes(a.version, b.version));
}

export interface ScoreSums {
  /** One for each version that answered anything, the oldest first. */
  versions: ScoreCounts[];
  /** Reports that can't be read and so count for nothing: paths in `registry`. */
  damaged: string[];
}

const DAY_MS = 86_400_000;

/** More days than anybody compares; a listing for each is asked of storage. */
const MOST_DAYS = 400;

/** Requests for reports that are under way at once. */
const AT_ONCE = 8;

/**
 * What all instances saw from the day of `since` to the day of `until`, both whole and in UTC. An instance writes every
 * SCORES_REPORT_SECONDS, so the last minutes may be missing. Throws UnavailableError, and RangeError for a range that
 * is none or has over 400 days.
 */
export async function readScores(
  storage: Storage,
  { since, until }: { since: Date; until: Date },
): Promise<ScoreSums> {
  const counts: ScoreCounts[] = [];
  const damaged: string[] = [];
  for (const day of daysBetween(since, until)) {
    const paths = await storage.list('registry', scoresPrefix(day));
    const reports = await mapConcurrently(paths, AT_ONCE, (path) => inspectReport(storage, path));
    for (const [index, report] of reports.entries()) {
      if (report === 'damaged') damaged.push(paths[index]!);
      else counts.push(...(report?.versions ?? []));
    }
  }
  return { versions: sumByVersion(counts), damaged };
}

/** Writes the report of an instance in place of its last one of that day. Throws UnavailableError. */
export async function writeScoresReport(storage: Storage, report: ScoresReport): Promise<void> {
  await writeOwnDocument(storage, scoresPath(report.day, report.instance), report);
}

/** Undefined where it was removed since it was listed. */
async function inspectReport(storage: Storage, path: string): Promise<ScoresReport | 'damaged' | undefined> {
  const blob = await storage.find('registry', path);
  if (blob === undefined) return undefined;
  return tryDocument(scoresReportSchema, blob.bytes) ?? 'damaged';
}

function daysBetween(since: Date, until: Date): string[] {
  const first = Date.parse(dayOfDate(since));
  const days = (Date.parse(dayOfDate(until)) - first) / DAY_MS + 1;
  if (days < 1) throw new RangeError(`Scores since ${dayOfDate(since)} end before it: ${dayOfDate(until)}.`);
  if (days > MOST_DAYS) throw new RangeError(`Scores of ${days} days are asked for; at most ${MOST_DAYS}.`);
  return Array.from({ length: days }, (_, index) => dayOfDate(new Date(first + index * DAY_MS)));
}
