/**
 * @module core/inference/pinned-models
 * Versions that requests ask for by name. A few stay in memory; the one not asked for longest goes first.
 */
import { NotFoundError } from '../errors.ts';
import { findRecord } from '../registry/registry.ts';
import type { Storage } from '../storage/storage.ts';
import { loadServableModel, type ServableModel } from './servable-model.ts';

/** A model takes some 60 MB; an instance has 2 GB at least. */
const MODELS_KEPT = 2;

export class PinnedModels {
  private readonly storage: Storage;
  private readonly log: (line: string) => void;
  private readonly models = new Map<string, Promise<ServableModel>>();

  constructor({ storage, log }: { storage: Storage; log: (line: string) => void }) {
    this.storage = storage;
    this.log = log;
  }

  /** Runs `task` with a registered version. Throws {@link NotFoundError} for one that isn't, or was rejected. */
  async use<T>(version: string, task: (model: ServableModel) => Promise<T>): Promise<T> {
    const loading = this.models.get(version) ?? this.load(version);
    this.models.delete(version);
    this.models.set(version, loading);
    try {
      // Used before anything can evict it: `then` runs in the same turn in which the model arrives.
      const used = loading.then((model) => model.use(task));
      this.evict();
      return await used;
    } catch (error) {
      await loading.catch(() => this.models.delete(version));
      throw error;
    }
  }

  private async load(version: string): Promise<ServableModel> {
    const record = await findRecord(this.storage, version);
    if (record?.precision == null) {
      const state = record === undefined ? 'not registered' : record.state;
      throw new NotFoundError(
        `Version ${version} is ${state}. Leave out \`version\` to ask the model in production.`,
      );
    }
    return loadServableModel(this.storage, { version, precision: record.precision });
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
