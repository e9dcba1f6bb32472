/**
 * @module functions/http/run-limit
 * How long a model may take for one photograph, where that is less than the request has.
 */
import { DeadlineError, UnavailableError } from '../../core/errors.ts';
import type { Role } from '../../core/inference/models.ts';

/** The canary has taken so long that production had better answer. No fault of the photograph, and no client sees it. */
export class SlowCanaryError extends UnavailableError {
  constructor(seconds: number) {
    super(`It gave no answer within ${seconds} s.`, { retryAfterSeconds: 1 });
  }
}

export interface RunLimit {
  /** Aborted when the time is over, or when the request's own signal is. */
  signal: AbortSignal;
  /** To be called when the run has ended. */
  clear(): void;
}

/**
 * Limits a run of the model that answers as `role` to `seconds`, and to the request's `signal`. What is too slow is the
 * canary's fault where nobody asked for it by name, and a matter of this photograph otherwise.
 */
export function limitRun(
  role: Role,
  { signal, seconds }: { signal: AbortSignal; seconds: number },
): RunLimit {
  const limit = new AbortController();
  const tooSlow = () => (role === 'canary' ? new SlowCanaryError(seconds) : tookTooLong());
  const timer = setTimeout(() => limit.abort(tooSlow()), seconds * 1000);
  const follow = () => limit.abort(signal.reason);
  if (signal.aborted) follow();
  signal.addEventListener('abort', follow, { once: true });
  const clear = () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', follow);
  };
  return { signal: limit.signal, clear };
}

function tookTooLong(): DeadlineError {
  return new DeadlineError('The model took too long for this photograph. Send it again, alone.');
}
