/**
 * @module training/run/job
 * What every way of training is given, and what each gives back.
 */
import type { Precision } from '../../core/manifest.ts';
import type { Base } from '../base/base.ts';
import type { Picture } from '../data/data-set.ts';
import type { Engine } from '../engine.ts';
import type { Scored } from '../evaluate/ranks.ts';
import type { OpenSession } from '../features/session-pool.ts';
import type { TrainingFeatures } from '../features/training-features.ts';
import type { Head, HeadProgress } from '../head/train-head.ts';
import type { Reporter, Stopwatch } from '../reporter.ts';
import type { Settings } from '../settings.ts';
import type { EpochRecord, TriedShare } from './history.ts';

export interface Job {
  settings: Settings;
  engine: Engine;
  reporter: Reporter;
  stopwatch: Stopwatch;
  openSession: OpenSession;
  /** Folder of the run's checkpoint. */
  checkpoints: string;
  /** Folder that the pictures' paths begin in. */
  root: string;
  classes: readonly string[];
  /** The training side of the split; the pictures held back are nowhere in a job. */
  pictures: readonly Picture[];
}

export interface Mix {
  share: number;
  /** Ascending. */
  tried: readonly TriedShare[];
}

/** How it went, for the report. */
export interface Learning {
  /** Which pictures are unseen: a part that validates, or all of the job's, each by the head of its fold. */
  unseenBy: 'validation' | 'fold';
  /** Of the head on frozen features, step by step; empty where there is none. */
  headProgress: HeadProgress[];
  /** Empty where there are no epochs. */
  history: EpochRecord[];
  /** The epoch whose weights are the result; null where none was chosen. */
  keptEpoch: number | null;
  /** Of fine-tuning, the share of the tuned weights in the result, and those that were tried; null elsewhere. */
  mix: Mix | null;
}

export interface Trained {
  /** The network up to its features: frozen, or trained here. */
  base: Base;
  head: Head;
  /** Of all pictures of the job. */
  features: Pick<TrainingFeatures, 'originals' | 'calibration'>;
  /** Logits of pictures by a network, or a head, that wasn't trained on them. */
  unseen: Record<Precision, Scored>;
  /** Label and fold of each picture of the job; the fold is -1 where the network was trained on the picture. */
  truth: { labels: Int32Array; folds: Int32Array; classes: number };
  /** Settings that were left to the program, as they were used. */
  resolved: Partial<Settings>;
  learning: Learning;
  /** Takes checkpoints away, once the version is saved. */
  clear(): Promise<void>;
}
