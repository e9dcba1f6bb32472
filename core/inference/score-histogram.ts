/**
 * @module core/inference/score-histogram
 * Counts how sure the models of this instance are of what they are shown, and writes it for the registry to keep. Drift
 * is read from it: see core/registry/scores.
 */
import { dayOfDate } from '../day.ts';
import type { Manifest } from '../manifest.ts';
import {
  countAnswer,
  emptyScores,
  type ScoreCounts,
  type SeenAnswer,
  writeScoresReport,
} from '../registry/scores.ts';
import type { Storage } from '../storage/storage.ts';
import { flushEvery } from '../telemetry/flush-every.ts';
import { topK } from './scores.ts';
import type { Answer } from './servable-model.ts';

export interface ScoreHistogramOptions {
  storage: Storage;
  /** Name of the blobs that this process writes; no other process may have it. */
  instance: string;
  log: (line: string) => void;
  now?: () => Date;
}

/** What was seen on one day. A day whose counts haven't arrived in storage outlives midnight. */
interface Day {
  since: string;
  versions: Map<string, ScoreCounts>;
  isWritten: boolean;
}

/** What an answer says by itself, whatever part of it the client asked for. */
export function seenAnswer({ scores, reason }: Answer, { labels }: Manifest): SeenAnswer {
  const [first] = topK(scores, 1);
  return { breed: labels[first!]!.name, score: scores[first!]!, reason };
}

export class ScoreHistogram {
  private readonly options: Required<ScoreHistogramOptions>;
  private readonly days = new Map<string, Day>();
  private flushing: Promise<void> = Promise.resolve();

  constructor(options: ScoreHistogramOptions) {
    this.options = { now: () => new Date(), ...options };
  }

  /** Counts one answer of `version` under today. */
  count(version: string, seen: SeenAnswer): void {
    const now = this.options.now();
    const name = dayOfDate(now);
    const day = this.days.get(name) ?? { since: now.toISOString(), versions: new Map(), isWritten: true };
    this.days.set(name, day);
    const counts = day.versions.get(version) ?? emptyScores(version);
    day.versions.set(version, counts);
    countAnswer(counts, seen);
    day.isWritten = false;
  }

  /** Writes what is new, if anything is. Throws UnavailableError; the counts are kept then. */
  flush(): Promise<void> {
    // One after the other: the last one at a stop mustn't be overtaken by one that had less to write.
    const flushed = this.flushing.then(() => this.write());
    this.flushing = flushed.catch(() => {});
    return flushed;
  }

  /** Flushes at intervals. Returns what stops it. */
  writeEvery(seconds: number): () => void {
    const complaint = 'Counts of scores stay in memory until storage takes them';
    return flushEvery(seconds, () => this.flush(), { log: this.options.log, complaint });
  }

  private async write(): Promise<void> {
    const now = this.options.now();
    for (const [name, day] of this.days) {
      if (!day.isWritten) await this.writeDay(name, day, now);
      // Nothing is counted under a day that is over. Tomorrow may have begun in the meantime, and goes on.
      if (name < dayOfDate(now)) this.days.delete(name);
    }
  }

  private async writeDay(name: string, day: Day, now: Date): Promise<void> {
    const { storage, instance } = this.options;
    // Before the first await: what is counted meanwhile makes it new again.
    day.isWritten = true;
    const versions = structuredClone([...day.versions.values()]);
    const at = now.toISOString();
    try {
      await writeScoresReport(storage, {
        schemaVersion: 1,
        instance,
        day: name,
        since: day.since,
        at,
        versions,
      });
    } catch (error) {
      day.isWritten = false;
      throw error;
    }
  }
}
