/**
 * @module core/retrain/trainer
 * What trains, seen from here: a Container Apps job, or a process on a developer's machine.
 */
import { UnavailableError } from '../errors.ts';

/** The environment variable by which a training knows, and tells, for which attempt of which run it was started. */
export const TAG_VARIABLE = 'PAWPRINT_RUN';

export interface Execution {
  name: string;
  /** {@link TAG_VARIABLE} that it was started with; null for one that others started. */
  tag: string | null;
  /** `unknown`: the trainer itself doesn't know; it may run. */
  state: 'running' | 'succeeded' | 'failed' | 'stopped' | 'unknown';
  startedAt: Date | null;
  endedAt: Date | null;
}

export interface Trainer {
  /** What it is, for people. */
  title: string;
  /**
   * Starts one execution, asking once. Returns its name. Throws {@link StartRefusedError} when it will never start so,
   * {@link StartPostponedError} when it has surely not been started now; after any other error it may have been.
   */
  start(tag: string): Promise<string>;
  /** The executions that it knows of. Throws UnavailableError. */
  list(): Promise<Execution[]>;
  /** Asks an execution to stop; success too where it has ended. Throws UnavailableError. */
  stop(name: string): Promise<void>;
}

/** Nothing was started, and nothing will be until somebody changes a setting or a role. */
export class StartRefusedError extends UnavailableError {}

/** Nothing was started this time. `retryAfterSeconds` says when it may be. */
export class StartPostponedError extends UnavailableError {}
