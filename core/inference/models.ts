/**
 * @module core/inference/models
 * All models that an instance holds, and which of them answers a request: production, the canary for its share of
 * the traffic, or a version that is asked for by name.
 */
import { createHash } from 'node:crypto';
import {
  DeadlineError,
  messageOf,
  NotFoundError,
  TooLargeError,
  UnavailableError,
  UnreadableImageError,
  UnsupportedFormatError,
} from '../errors.ts';
import type { Pointer } from '../registry/schema.ts';
import type { Storage } from '../storage/storage.ts';
import { parseVersion } from '../version.ts';
import { CandidateModel, type CandidateStatus } from './candidate-model.ts';
import { PinnedModels } from './pinned-models.ts';
import { ProductionModel } from './production-model.ts';
import type { loadServableModel, ServableModel } from './servable-model.ts';

export interface ModelsOptions {
  storage: Storage;
  /** Age from which the pointer is looked at again. */
  maxAgeSeconds: number;
  log: (line: string) => void;
  load?: typeof loadServableModel;
  /** Milliseconds of a clock that only goes forward. */
  clock?: () => number;
}

/** Names that stand for whatever version the pointer says. */
export const ALIASES = ['production', 'canary'] as const;

/** Why a model answers: the share of traffic, or the name that the request gave. */
export type Role = 'production' | 'canary' | 'named';
export type Task<T> = (model: ServableModel, role: Role) => Promise<T>;

export interface Choice {
  /** An alias or a version; undefined for whoever's turn it is. */
  name?: string | undefined;
  /** Who asks. The same key gets the same model for as long as the canary and its share stay. */
  key: string;
}

/** Faults of a photograph: with another model it would be the same. */
const PICTURE_FAULTS = [UnreadableImageError, UnsupportedFormatError, TooLargeError, DeadlineError];

/** Returns `text` if it is an alias or a version. Throws BadRequestError. */
export function parseModelName(text: string): string {
  return ALIASES.some((alias) => alias === text) ? text : parseVersion(text);
}

/**
 * Whether the canary's share of the traffic has `key` in it: SHA-256 of version and key, taken as a number from 0 to
 * below 1. A key that is in stays in while the share grows, and another canary meets other clients first.
 */
export function isInShare({ version, share }: { version: string; share: number }, key: string): boolean {
  const digest = createHash('sha256').update(`${version}\0${key}`).digest();
  return digest.readUInt32BE(0) / 2 ** 32 < share;
}

export class Models {
  readonly production: ProductionModel;
  readonly canary: CandidateModel;
  readonly shadow: CandidateModel;
  private readonly pinned: PinnedModels;
  private readonly log: (line: string) => void;
  private readonly maxAgeSeconds: number;
  private share: Pointer['canary'] = null;
  /** Of the canary in use. */
  private failures: { version: string; times: number } | undefined;

  constructor(options: ModelsOptions) {
    const { storage, log } = options;
    this.log = log;
    this.maxAgeSeconds = options.maxAgeSeconds;
    this.production = new ProductionModel({ ...options, onPointer: (pointer) => this.apply(pointer) });
    this.canary = new CandidateModel({ ...options, role: 'canary' });
    this.shadow = new CandidateModel({ ...options, role: 'shadow' });
    this.pinned = new PinnedModels({ storage, log, load: options.load });
  }

  /** Canary and shadow that are set, and how far they are. */
  get candidates(): { canary: CandidateStatus | null; shadow: CandidateStatus | null } {
    return { canary: this.canary.status, shadow: this.shadow.status };
  }

  /** Looks at the pointer, and after candidates that failed to load, without requests too. Returns what stops it. */
  follow(): () => void {
    const stop = this.production.follow();
    const timer = setInterval(() => this.loadCandidates(), Math.max(1, this.maxAgeSeconds) * 1000).unref();
    return () => {
      stop();
      clearInterval(timer);
    };
  }

  /**
   * Runs `task` with the model that the request is for. Whatever is wrong with a canary that wasn't asked for by name,
   * production answers instead. Throws NotFoundError for an unknown version and for `canary` where there is none, and
   * {@link UnavailableError} where the model isn't in memory and can't be loaded.
   */
  async use<T>({ name, key }: Choice, task: Task<T>): Promise<T> {
    if (name === 'canary') return this.useCanary(task);
    if (name !== undefined && name !== 'production') return this.useVersion(name, task);
    const answer = name === undefined ? await this.tryCanary(key, task) : undefined;
    return answer === undefined ? this.production.use((model) => task(model, 'production')) : answer.value;
  }

  private apply({ version, canary, shadow }: Pointer): void {
    // A pointer that was written by hand may name the version in production: it has all the traffic already.
    this.share = canary?.version === version ? null : canary;
    this.canary.aim(this.share?.version ?? null);
    this.shadow.aim(shadow === version ? null : shadow);
  }

  /** The canary's answer, when the request is one of its share and it has one. */
  private async tryCanary<T>(key: string, task: Task<T>): Promise<{ value: T } | undefined> {
    this.loadCandidates();
    const model = this.canary.model;
    if (model === undefined || this.share === null || !isInShare(this.share, key)) return undefined;
    // Production's look at the pointer goes on by itself; a canary that gets all the traffic mustn't end it.
    this.production.lookIfDue();
    try {
      return { value: await model.use((used) => task(used, 'canary')) };
    } catch (error) {
      if (PICTURE_FAULTS.some((fault) => error instanceof fault)) throw error;
      this.noteFailure(model.manifest.version, error);
      return undefined;
    }
  }

  /** Logged at the 1st, 2nd, 4th, 8th … time: under load a line for each would hide everything else. */
  private noteFailure(version: string, error: unknown): void {
    const times = (this.failures?.version === version ? this.failures.times : 0) + 1;
    this.failures = { version, times };
    if ((times & (times - 1)) !== 0) return;
    this.log(`The canary ${version} failed ${times} times, production answered: ${messageOf(error)}`);
  }

  private async useCanary<T>(task: Task<T>): Promise<T> {
    await this.production.settled();
    this.loadCandidates();
    const { status, model } = this.canary;
    if (status === null) {
      throw new NotFoundError('There is no canary. Leave out `version` to ask the model in production.');
    }
    if (model === undefined) {
      throw new UnavailableError(`The canary, version ${status.version}, isn't loaded.`, {
        retryAfterSeconds: 5,
      });
    }
    return model.use((used) => task(used, 'named'));
  }

  private async useVersion<T>(version: string, task: Task<T>): Promise<T> {
    const inMemory = [this.production.loadedAs(version), this.canary.model, this.shadow.model];
    const model = inMemory.find((loaded) => loaded?.manifest.version === version);
    const named = (used: ServableModel) => task(used, 'named');
    return model === undefined ? this.pinned.use(version, named) : model.use(named);
  }

  /** Those that failed to load are tried again when their pause is over. */
  private loadCandidates(): void {
    this.canary.loadIfDue();
    this.shadow.loadIfDue();
  }
}
