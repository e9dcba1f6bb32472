/**
 * @module core/inference/pinned-models
 * Versions that requests ask for by name. A few stay in memory; the one not asked for longest goes first.
 */
import { NotFoundError, UnavailableError } from '../errors.ts';
import type { Precision } from '../manifest.ts';
import { findRecord } from '../registry/registry.ts';
import type { Storage } from '../storage/storage.ts';
import { loadServableModel, type ServableModel } from './servable-model.ts';

/** A model takes some 60 MB; an instance has 2 GB at least. */
const MODELS_KEPT = 2;

export class PinnedModels {
  private readonly storage: Storage;
  private readonly log: (line: string) => void;
  private readonly open: typeof loadServableModel;
  private readonly models = new Map<string, Promise<ServableModel>>();

  constructor({
    storage,
    log,
    load = loadServableModel,
  }: {
    storage: Storage;
    log: (line: string) => void;
    load?: typeof loadServableModel | undefined;
  }) {
    this.storage = storage;
    this.log = log;
    this.open = load;
  }

  /**
   * Runs `task` with a registered version. Throws {@link NotFoundError} for one that isn't, or was rejected, and
   * {@link UnavailableError} for one that can't be loaded.
   */
  async use<T>(version: string, task: (model: ServableModel) => Promise<T>): Promise<T> {
    // Looked up before anything makes room for it: a name that means nothing must not push a model out.
    const precision = this.models.has(version) ? undefined : await this.precisionOf(version);
    const loading = this.models.get(version) ?? this.load(version, precision!);
    this.models.delete(version);
    this.models.set(version, loading);
    // Used before anything can evict it: `then` runs in the same turn in which the model arrives.
    const used = loading.then((model) => model.use(task));
    this.evict();
    return used;
  }

  private async precisionOf(version: string): Promise<Precision> {
    const record = await findRecord(this.storage, version);
    const isThere = record?.state === 'blessed' && record.removed === undefined;
    if (isThere && record.precision !== null) return record.precision;
    const state = record === undefined ? 'not registered' : record.removed ? 'removed' : record.state;
    throw new NotFoundError(
      `Version ${version} is ${state}. Leave out \`version\` to ask the model in production.`,
    );
  }

  private load(version: string, precision: Precision): Promise<ServableModel> {
    const loading = this.open(this.storage, { version, precision }).catch((cause: unknown) => {
      // Tried again when it is asked for again.
      if (this.models.get(version) === loading) this.models.delete(version);
      throw new UnavailableError(`Version ${version} can't be loaded now.`, { cause, retryAfterSeconds: 5 });
    });
    return loading;
  }

  private evict(): void {
    for (const [version, loading] of this.models) {
      if (this.models.size <= MODELS_KEPT) return;
      this.models.delete(version);
      loading
        .then((model) => model.retire())
        .catch((error) => this.log(`Version ${version} can't be freed: ${String(error)}`));
    }
  }
}
