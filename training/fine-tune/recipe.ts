/**
 * @module training/fine-tune/recipe
 * The settings of fine-tuning under short names, checked, and what a checkpoint of it depends on.
 */
import { ConfigurationError } from '../../core/errors.ts';
import { contentHash, sha256 } from '../../core/hash.ts';
import type { Base } from '../base/base.ts';
import type { Picture } from '../data/data-set.ts';
import { checkpointKey } from '../run/checkpoint-key.ts';
import { decisiveSettings, type Settings } from '../settings.ts';

/** Counts up when the same settings come to mean another training. */
const EDITION = 3;

export interface Recipe {
  epochs: number;
  batchSize: number;
  /** Learning rates at their highest, of the base and of the head. */
  rate: number;
  headRate: number;
  decay: number;
  /** In epochs. */
  warmUp: number;
  clip: number;
  dropout: number;
  smoothing: number;
  sampling: number;
  cropArea: number;
  jitter: number;
  /** Share of its old value that the moving average of the weights keeps at a step. */
  average: number;
  /** Shares of the tuned weights that are tried, ascending. */
  shares: number[];
  /** The one to take; -1 where validation chooses. */
  share: number;
}

/** Throws {@link ConfigurationError} for a list of shares that is none. */
export function recipeOf(settings: Settings): Recipe {
  return {
    epochs: settings.fineTuneEpochs,
    batchSize: settings.fineTuneBatchSize,
    rate: settings.fineTuneRate,
    headRate: settings.fineTuneHeadRate,
    decay: settings.fineTuneDecay,
    warmUp: settings.fineTuneWarmUp,
    clip: settings.fineTuneClip,
    dropout: settings.fineTuneDropout,
    smoothing: settings.fineTuneSmoothing,
    sampling: settings.fineTuneSampling,
    cropArea: settings.fineTuneCropArea,
    jitter: settings.fineTuneJitter,
    average: settings.fineTuneAverage,
    shares: parseShares(settings.fineTuneShares),
    share: settings.fineTuneShare,
  };
}

function parseShares(text: string): number[] {
  const shares = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (!shares.every((share) => share >= 0 && share <= 1)) {
    throw new ConfigurationError(
      `--fine-tune-shares is ${JSON.stringify(text)}, expected numbers from 0 to 1 with commas between them, such as 0,0.2,0.4.`,
    );
  }
  return shares.sort((a, b) => a - b);
}

/** What a run of fine-tuning is decided by: its settings, photographs, base and the edition of this code. */
export function fineTuneKey(
  settings: Settings,
  { base, pictures }: { base: Base; pictures: readonly Picture[] },
) {
  return checkpointKey({
    ...decisiveSettings(settings),
    phase: 'fine-tune',
    edition: EDITION,
    photographs: contentHash(pictures),
    labels: sha256(pictures.map(({ label }) => label).join()),
    baseHash: base.contentHash,
    input: `${base.input.width} x ${base.input.height}`,
  });
}
