/**
 * @module core/inference/production-model
 * The model that answers now. It follows the pointer in the registry without making a request wait: only the
 * very first request waits for a model to load.
 */
import { messageOf, UnavailableError } from '../errors.ts';
import { findPointer } from '../registry/registry.ts';
import type { Storage } from '../storage/storage.ts';
import { loadServableModel, type ServableModel } from './servable-model.ts';

export interface ProductionModelOptions {
  storage: Storage;
  /** Age from which the pointer is looked at again. */
  maxAgeSeconds: number;
  log: (line: string) => void;
  load?: typeof loadServableModel;
  /** Milliseconds of a clock that only goes forward. */
  clock?: () => number;
}

/** Pause after a failed look at the pointer or a failed load: it doubles from the first to the last. */
const FIRST_PAUSE_SECONDS = 1;
const LONGEST_PAUSE_SECONDS = 60;

export class ProductionModel {
  private readonly options: Required<ProductionModelOptions>;
  private loaded: ServableModel | undefined;
  private etag: string | undefined;
  private refreshing: Promise<void> | undefined;
  private nextLook = Number.NEGATIVE_INFINITY;
  private failures = 0;
  private lastError: unknown;

  constructor(options: ProductionModelOptions) {
    this.options = { load: loadServableModel, clock: () => performance.now(), ...options };
  }

  /** Why a newer model couldn't be loaded or the pointer not be read, when that is so at present. */
  get degraded(): string | null {
    return this.lastError === undefined ? null : messageOf(this.lastError);
  }

  /** Whether `version` is the one in memory. */
  isLoaded(version: string): boolean {
    return this.loaded?.manifest.version === version;
  }

  /**
   * Looks at the pointer on its own, too: otherwise the first request after a quiet night would get the model of
   * the evening. Doesn't keep the process alive. Returns what stops it.
   */
  follow(): () => void {
    const timer = setInterval(() => this.lookIfDue(), Math.max(1, this.options.maxAgeSeconds) * 1000).unref();
    return () => clearInterval(timer);
  }

  /**
   * Runs `task` with the model to answer with. A look at the pointer that is due goes on in the background;
   * the model in memory answers meanwhile, and for as long as no newer one could be loaded. Throws
   * {@link UnavailableError} when no model is in memory and none can be loaded.
   */
  async use<T>(task: (model: ServableModel) => Promise<T>): Promise<T> {
    this.lookIfDue();
    if (this.loaded === undefined) await this.refreshing;
    // No await between taking the model and marking it as used: a swap in between would free it.
    if (this.loaded === undefined) throw this.whyNone();
    return this.loaded.use(task);
  }

  private lookIfDue(): void {
    const lookIsDue = this.options.clock() >= this.nextLook;
    if (lookIsDue) this.refreshing ??= this.refresh();
  }

  private whyNone(): UnavailableError {
    const retryAfterSeconds = 5;
    if (this.lastError === undefined) {
      return new UnavailableError('No model is in production yet. Train one and push it, then try again.', {
        retryAfterSeconds,
      });
    }
    if (this.lastError instanceof UnavailableError) return this.lastError;
    return new UnavailableError('The model in production could not be loaded.', {
      cause: this.lastError,
      retryAfterSeconds,
    });
  }

  /** Never rejects: nobody may be waiting for it. */
  private async refresh(): Promise<void> {
    let pauseSeconds = this.options.maxAgeSeconds;
    try {
      await this.followPointer();
      this.failures = 0;
      this.lastError = undefined;
      // With an empty registry a first model is expected any moment.
      if (this.loaded === undefined) pauseSeconds = Math.min(pauseSeconds, FIRST_PAUSE_SECONDS);
    } catch (error) {
      this.lastError = error;
      pauseSeconds = Math.min(FIRST_PAUSE_SECONDS * 2 ** this.failures++, LONGEST_PAUSE_SECONDS);
      this.options.log(`The model in production can't be loaded: ${messageOf(error)}`);
    } finally {
      this.nextLook = this.options.clock() + pauseSeconds * 1000;
      this.refreshing = undefined;
    }
  }

  private async followPointer(): Promise<void> {
    const { storage, load, log } = this.options;
    const found = await findPointer(storage, this.etag);
    if (found === undefined) return;
    const { version, precision } = found.pointer;
    const before = this.loaded;
    const isLoaded = before?.manifest.version === version && before.precision === precision;
    if (!isLoaded) {
      this.loaded = await load(storage, { version, precision });
      log(`Model ${version} (${precision}) answers now.`);
      before?.retire().catch((error) => log(`The model before it can't be freed: ${messageOf(error)}`));
    }
    // Only now: a version that failed to load must be tried again although the pointer hasn't moved.
    this.etag = found.etag;
  }
}
