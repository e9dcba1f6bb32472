/**
 * @module core/inference/shadow
 * Lets the shadow answer the photographs that production has answered, and keeps how the two agree. It works after
 * the answer has gone out, on one photograph at a time; what comes meanwhile is dropped.
 */
import { messageOf } from '../errors.ts';
import { readPhotograph } from '../image/read.ts';
import type { Manifest } from '../manifest.ts';
import {
  type Comparison,
  emptyComparison,
  type ShadowReport,
  writeShadowReport,
} from '../registry/shadow-figures.ts';
import type { Storage } from '../storage/storage.ts';
import { flushEvery } from '../telemetry/flush-every.ts';
import type { CandidateModel } from './candidate-model.ts';
import { topK } from './scores.ts';
import type { Answer } from './servable-model.ts';

export interface ShadowOptions {
  storage: Storage;
  candidate: CandidateModel;
  /** Name of the blob that this process reports to; no other process may have it. */
  instance: string;
  log: (line: string) => void;
  /** Whether the instance has no room for work that nobody waits for. */
  isBusy?: () => boolean;
  now?: () => Date;
}

/** A photograph that production has answered. */
export interface Answered {
  /** As it came. */
  bytes: Uint8Array;
  /** As production saw it. */
  pixels: Uint8Array;
  manifest: Manifest;
  answer: Answer;
  /** Of the inference alone. */
  milliseconds: number;
}

export class Shadow {
  private readonly options: Required<ShadowOptions>;
  private report: ShadowReport | undefined;
  private isWritten = true;
  private isWorking = false;
  private hasLoggedFailure = false;

  constructor(options: ShadowOptions) {
    this.options = { isBusy: () => false, now: () => new Date(), ...options };
  }

  /** Takes a photograph, or drops it. Returns at once and never throws: the answer is on its way to the client. */
  offer(answered: Answered): void {
    const shadow = this.options.candidate.model?.manifest.version;
    if (shadow === undefined) return;
    // In the next turn of the loop: the slot that the request holds is free by then.
    setImmediate(() => {
      if (this.isWorking || this.options.isBusy()) {
        this.add(shadow, answered, { dropped: 1 });
        return;
      }
      this.isWorking = true;
      this.answer(answered)
        .catch((error) => {
          this.add(shadow, answered, { failed: 1 });
          if (!this.hasLoggedFailure) this.options.log(`The shadow ${shadow} failed: ${messageOf(error)}`);
          this.hasLoggedFailure = true;
        })
        .finally(() => {
          this.isWorking = false;
        });
    });
  }

  /** Writes what has been seen so far, if anything is new. Throws UnavailableError; the sums are kept then. */
  async flush(): Promise<void> {
    if (this.report === undefined || this.isWritten) return;
    this.isWritten = true;
    this.hasLoggedFailure = false;
    try {
      await writeShadowReport(this.options.storage, { ...this.report, at: this.options.now().toISOString() });
    } catch (error) {
      this.isWritten = false;
      throw error;
    }
  }

  /** Flushes at intervals. Returns what stops it. */
  writeEvery(seconds: number): () => void {
    const complaint = 'Figures of the shadow stay in memory';
    return flushEvery(seconds, () => this.flush(), { log: this.options.log, complaint });
  }

  private async answer(answered: Answered): Promise<void> {
    const { candidate } = this.options;
    await candidate.model?.use(async (model) => {
      const pixels = await pixelsFor(model.manifest, answered);
      const start = performance.now();
      const answer = await model.answer(pixels);
      const shadowMs = performance.now() - start;
      const seen = compare({ ...answered, shadow: { labels: model.manifest.labels, answer } });
      this.add(model.manifest.version, answered, {
        ...seen,
        n: 1,
        productionMs: answered.milliseconds,
        shadowMs,
      });
    });
  }

  private add(
    shadow: string,
    { manifest: { version } }: Answered,
    seen: Partial<Omit<Comparison, 'production'>>,
  ): void {
    const { comparisons } = this.reportOn(shadow);
    let comparison = comparisons.find(({ production }) => production === version);
    if (comparison === undefined) {
      comparison = emptyComparison(version);
      comparisons.push(comparison);
    }
    for (const [key, value] of Object.entries(seen)) comparison[key as keyof typeof seen] += value;
    this.isWritten = false;
  }

  /** Another shadow has a report of its own; what the last one's lacks since the last flush is written now. */
  private reportOn(shadow: string): ShadowReport {
    if (this.report?.shadow === shadow) return this.report;
    this.flush().catch((error) =>
      this.options.log(`Figures of the last shadow are lost: ${messageOf(error)}`),
    );
    const at = this.options.now().toISOString();
    this.report = {
      schemaVersion: 1,
      shadow,
      instance: this.options.instance,
      since: at,
      at,
      comparisons: [],
    };
    this.isWritten = true;
    return this.report;
  }
}

/** Production's own where the shadow sees a photograph the same way; decoding is half of the work. */
async function pixelsFor(shadow: Manifest, { bytes, pixels, manifest }: Answered): Promise<Uint8Array> {
  const view = ({ input: { width, height, resize } }: Manifest) => JSON.stringify({ width, height, resize });
  if (view(shadow) === view(manifest)) return pixels;
  return (await readPhotograph(bytes, { input: shadow.input })).pixels;
}

/** Breeds are compared by name: two versions may have them in another order, or others. */
function compare({
  manifest: { labels },
  answer,
  shadow,
}: Answered & { shadow: { labels: Manifest['labels']; answer: Answer } }): Pick<
  Comparison,
  'sameTop1' | 'sumDifference'
> {
  const [first] = topK(answer.scores, 1);
  const [shadowFirst] = topK(shadow.answer.scores, 1);
  const { name } = labels[first!]!;
  const index = shadow.labels.findIndex((label) => label.name === name);
  const shadowScore = index < 0 ? 0 : shadow.answer.scores[index]!;
  return {
    sameTop1: shadow.labels[shadowFirst!]!.name === name ? 1 : 0,
    sumDifference: Math.abs(answer.scores[first!]! - shadowScore),
  };
}
