/**
 * @module training/container/outcome
 * How a training job ends: a word for the summary, and an exit code for who runs it. docs/training-container.md has
 * the same table.
 */

/** Exit code of each outcome. */
export const EXIT_CODES = {
  /** The version is in Blob Storage. */
  pushed: 0,
  /** `TRAIN_PUSH=false`: the version is in the work folder only. */
  trained: 0,
  /** A fault of ours. */
  fault: 1,
  /** A setting is missing or wrong: the same job fails again. */
  settings: 2,
  /** The photographs can't be reached, aren't what they should be, or can't be trained on. */
  data: 3,
  /** A GPU was asked for and is not seen. */
  'no-gpu': 4,
  /** The loss got out of hand, the process ran out of memory or crashed. */
  training: 5,
  /** Trained, and Blob Storage didn't take it. */
  push: 6,
  /** SIGINT. */
  interrupted: 130,
  /** SIGTERM: the job was stopped, or its time is up. */
  stopped: 143,
} as const;

export type Outcome = keyof typeof EXIT_CODES;

/** Ends a job with an outcome that isn't success. The message is for who reads the log. */
export class JobFailure extends Error {
  readonly outcome: Outcome;
  /** The log has the message already. */
  readonly isTold: boolean;

  constructor(
    outcome: Outcome,
    message: string,
    { cause, isTold = false }: { cause?: unknown; isTold?: boolean } = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'JobFailure';
    this.outcome = outcome;
    this.isTold = isTold;
  }
}
