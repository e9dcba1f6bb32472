/**
 * @module core/inference/candidate-model
 * A canary or a shadow in memory: loaded in the background beside production, freed as soon as it is no longer
 * wanted. No request ever waits for it.
 */
import { messageOf } from '../errors.ts';
import { findRecord } from '../registry/registry.ts';
import { requireBlessed } from '../registry/servable.ts';
import type { Storage } from '../storage/storage.ts';
import { RetryPause } from './retry-pause.ts';
import { loadServableModel, type ServableModel } from './servable-model.ts';

export interface CandidateModelOptions {
  storage: Storage;
  /** What it is, for the log. */
  role: 'canary' | 'shadow';
  log: (line: string) => void;
  load?: typeof loadServableModel;
  /** Milliseconds of a clock that only goes forward. */
  clock?: () => number;
}

export interface CandidateStatus {
  version: string;
  state: 'loading' | 'ready' | 'failed';
  /** Why it can't be loaded, at present. */
  error: string | null;
}

export class CandidateModel {
  private readonly options: Required<CandidateModelOptions>;
  private readonly pause = new RetryPause();
  private wanted: string | null = null;
  private loaded: ServableModel | undefined;
  private loading: Promise<void> | undefined;
  private nextTry = Number.NEGATIVE_INFINITY;
  private lastError: unknown;

  constructor(options: CandidateModelOptions) {
    this.options = { load: loadServableModel, clock: () => performance.now(), ...options };
  }

  /** The model, when it is loaded and wanted. To be used in the same turn: it may be freed after that. */
  get model(): ServableModel | undefined {
    return this.loaded;
  }

  /** What is wanted and how far it is, or null when nothing is. */
  get status(): CandidateStatus | null {
    if (this.wanted === null) return null;
    const failed = this.lastError !== undefined;
    const state = this.loaded !== undefined ? 'ready' : failed ? 'failed' : 'loading';
    return { version: this.wanted, state, error: failed ? messageOf(this.lastError) : null };
  }

  /** Wants `version`, or nothing with null. What was wanted before stops at once. */
  aim(version: string | null): void {
    if (version !== this.wanted) {
      this.wanted = version;
      this.lastError = undefined;
      this.nextTry = Number.NEGATIVE_INFINITY;
      this.pause.reset();
      this.free(this.loaded);
      this.loaded = undefined;
    }
    this.loadIfDue();
  }

  /** Loads what is wanted, unless that is under way or has just failed. */
  loadIfDue(): void {
    const isMissing = this.wanted !== null && this.loaded === undefined;
    const isDue = this.options.clock() >= this.nextTry;
    // One at a time: a setting that is changed to and fro mustn't fill the memory.
    if (isMissing && isDue) this.loading ??= this.load(this.wanted!);
  }

  /** Never rejects: nobody waits for it. */
  private async load(version: string): Promise<void> {
    const { storage, role, log, load, clock } = this.options;
    let model: ServableModel | undefined;
    let failure: unknown;
    try {
      const record = requireBlessed(await findRecord(storage, version), version);
      model = await load(storage, { version, precision: record.precision });
    } catch (error) {
      failure = error;
    }
    this.loading = undefined;
    if (this.wanted !== version) {
      this.free(model);
      this.loadIfDue();
    } else if (model === undefined) {
      this.lastError = failure;
      this.nextTry = clock() + this.pause.next() * 1000;
      log(`The ${role} ${version} can't be loaded, production answers: ${messageOf(failure)}`);
    } else {
      this.lastError = undefined;
      this.pause.reset();
      this.loaded = model;
      log(`The ${role} ${version} (${model.precision}) is loaded.`);
    }
  }

  private free(model: ServableModel | undefined): void {
    const { role, log } = this.options;
    model?.retire().catch((error) => log(`The ${role} can't be freed: ${messageOf(error)}`));
  }
}
