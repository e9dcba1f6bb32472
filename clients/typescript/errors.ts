/**
 * @module clients/typescript/errors
 * What a call may throw, beside the reason of the caller's own AbortSignal.
 */
import type { Problem } from './types.ts';

/** Base of all errors of this client. */
export abstract class PawprintClientError extends Error {
  /** How often the service was asked. */
  readonly attempts: number;

  constructor(message: string, { attempts, cause }: { attempts: number; cause?: unknown }) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.attempts = attempts;
  }
}

export interface RefusalOptions {
  status: number;
  problem: Problem | null;
  retryAfterSeconds: number | undefined;
  requestId: string | null;
  attempts: number;
}

/** The service refused, or answered with what is no answer of it. `message` is meant for people. */
export class RefusedError extends PawprintClientError {
  /** HTTP status. */
  readonly status: number;
  /** Null where the answer was no problem document: a host's own refusal, a proxy, a log-in page. */
  readonly problem: Problem | null;
  /** After which the service says that a retry makes sense. */
  readonly retryAfterSeconds: number | undefined;
  /** Names the request in the service's log. */
  readonly requestId: string | null;

  constructor({ attempts, status, problem, retryAfterSeconds, requestId }: RefusalOptions) {
    super(problem?.detail ?? describeStatus(status), { attempts });
    this.status = status;
    this.problem = problem;
    this.retryAfterSeconds = retryAfterSeconds;
    this.requestId = requestId;
  }
}

/** No answer came: no network, a wrong address, a connection that broke. */
export class UnreachableError extends PawprintClientError {}

/** The time for the call was over. */
export class TimeoutError extends PawprintClientError {}

function describeStatus(status: number): string {
  if (status === 401 || status === 403) {
    return `The service asks for a key, or for another one (status ${status}). Give it as "key".`;
  }
  if (status === 404) return 'There is no such service at this address (status 404). Check "url".';
  if (status < 400) {
    return `What answered (status ${status}) is not the service: a proxy or the log-in page of a network, perhaps.`;
  }
  return `The service answered with status ${status} and said nothing more.`;
}
