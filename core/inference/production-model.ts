/**
 * @module core/inference/production-model
 * The model that answers now. It follows the pointer in the registry without making a request wait: only the
 * very first request waits for a model to load.
 */
import { messageOf, UnavailableError } from '../errors.ts';
import { FILE } from '../manifest.ts';
import { findMovedPointer } from '../registry/pointer.ts';
import type { Pointer } from '../registry/schema.ts';
import { versionPath } from '../storage/names.ts';
import type { Storage } from '../storage/storage.ts';
import { FIRST_PAUSE_SECONDS, RetryPause } from './retry-pause.ts';
import { loadServableModel, type ServableModel } from './servable-model.ts';
import { loadServedBefore } from './served-before.ts';

export interface ProductionModelOptions {
  storage: Storage;
  /** Age from which the pointer is looked at again. */
  maxAgeSeconds: number;
  log: (line: string) => void;
  /** Gets each pointer as it is read, before the model that it names is loaded. */
  onPointer?: (pointer: Pointer) => void;
  load?: typeof loadServableModel;
  /** Milliseconds of a clock that only goes forward. */
  clock?: () => number;
}

export class ProductionModel {
  private readonly options: Required<ProductionModelOptions>;
  private loaded: ServableModel | undefined;
  private etag: string | undefined;
  private refreshing: Promise<void> | undefined;
  private nextLook = Number.NEGATIVE_INFINITY;
  private readonly pause = new RetryPause();
  private lastError: unknown;
  /** What is gone of that from which the model in memory came: it answers on, but couldn't be loaded again. */
  private loss: string | null = null;

  constructor(options: ProductionModelOptions) {
    const defaults = { load: loadServableModel, clock: () => performance.now(), onPointer: () => {} };
    this.options = { ...defaults, ...options };
  }

  /**
   * Why a newer model couldn't be loaded or the pointer not be read, or why the next instance to start couldn't load
   * the model that answers here; null when none of that is so at present.
   */
  get degraded(): string | null {
    return this.lastError === undefined ? this.loss : messageOf(this.lastError);
  }

  /** The model in memory. To be used in the same turn: a swap may free it after that. */
  get model(): ServableModel | undefined {
    return this.loaded;
  }

  /** The model in memory, if it is `version`. To be used in the same turn: a swap may free it after that. */
  loadedAs(version: string): ServableModel | undefined {
    return this.loaded?.manifest.version === version ? this.loaded : undefined;
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
    await this.settled();
    // No await between taking the model and marking it as used: a swap in between would free it.
    if (this.loaded === undefined) throw this.whyNone();
    return this.loaded.use(task);
  }

  /** Starts a look at the pointer that is due; waits for it only while no model is in memory. */
  async settled(): Promise<void> {
    this.lookIfDue();
    if (this.loaded === undefined) await this.refreshing;
  }

  /** Starts a look at the pointer that is due, and waits for nothing. */
  lookIfDue(): void {
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
      this.pause.reset();
      this.lastError = undefined;
      // With an empty registry a first model is expected any moment.
      if (this.loaded === undefined) pauseSeconds = Math.min(pauseSeconds, FIRST_PAUSE_SECONDS);
    } catch (error) {
      this.lastError = error;
      pauseSeconds = this.pause.next();
      this.options.log(`The model in production can't be loaded: ${messageOf(error)}`);
    } finally {
      this.nextLook = this.options.clock() + pauseSeconds * 1000;
      this.refreshing = undefined;
    }
  }

  private async followPointer(): Promise<void> {
    const found = await findMovedPointer(this.options.storage, this.etag);
    if (found === undefined) return this.notePointerLoss();
    if (found === 'unchanged') return this.checkManifest();
    const { version, precision } = found.pointer;
    this.options.onPointer(found.pointer);
    const isLoaded = this.loaded?.manifest.version === version && this.loaded.precision === precision;
    if (isLoaded) {
      await this.checkManifest();
    } else {
      try {
        this.replaceBy(await this.options.load(this.options.storage, { version, precision }));
      } catch (error) {
        if (this.loaded === undefined) await this.fallBack(found.pointer);
        throw error;
      }
    }
    // Only now: a version that failed to load must be tried again although the pointer hasn't moved.
    this.etag = found.etag;
  }

  private notePointerLoss(): void {
    if (this.loaded === undefined) return;
    this.noteLoss('The pointer to production is gone; the next instance to start would have no model.');
  }

  /** Notes whether the manifest of the model in memory is still there, by its properties. */
  private async checkManifest(): Promise<void> {
    if (this.loaded === undefined) return;
    const { version } = this.loaded.manifest;
    const path = versionPath(version, FILE.manifest);
    const isThere = (await this.options.storage.properties('models', path)) !== undefined;
    const loss = `models/${path} is gone; the next instance to start couldn't load version ${version}.`;
    this.noteLoss(isThere ? null : loss);
  }

  /** Logged once, and not at each look. */
  private noteLoss(loss: string | null): void {
    const isNews = loss !== this.loss;
    this.loss = loss;
    if (isNews) this.options.log(loss ?? 'The pointer and the version that answers are whole again.');
  }

  private replaceBy(model: ServableModel): void {
    const { log } = this.options;
    const before = this.loaded;
    this.loaded = model;
    // It has just been read, by a pointer that has.
    this.loss = null;
    log(`Model ${model.manifest.version} (${model.precision}) answers now.`);
    before?.retire().catch((error) => log(`The model before it can't be freed: ${messageOf(error)}`));
  }

  /** With nothing in memory a version that served before is better than no answer. */
  private async fallBack(pointer: Pointer): Promise<void> {
    try {
      const model = await loadServedBefore(pointer, this.options);
      if (model !== undefined) this.replaceBy(model);
    } catch (error) {
      this.options.log(`What served before ${pointer.version} can't be found: ${messageOf(error)}`);
    }
  }
}
