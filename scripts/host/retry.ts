/**
 * @module scripts/host/retry
 * The `retry` option of a function. The host follows it for timers only: blobs and queues have their own
 * counting of attempts, HTTP has none.
 */
import { delay, type HostContext, type HostFunction } from './context.ts';
import { describe, messageOf } from './log.ts';
import type { RetryOptions, RpcRetryContext } from './rpc.ts';

/**
 * Calls `run` again after a failure as often as the function's retry option says, with the context that
 * its handler may look at (none without the option). Throws what the last attempt threw.
 */
export async function runWithRetries(
  { stopping }: HostContext,
  { metadata: { retryOptions } }: HostFunction,
  run: (context: RpcRetryContext | undefined) => Promise<void>,
): Promise<void> {
  if (!retryOptions) return run(undefined);
  // -1 stands for "without end".
  const limit = retryOptions.maxRetryCount ?? 0;
  const maxRetryCount = limit < 0 ? Number.MAX_SAFE_INTEGER : limit;
  let exception: RpcRetryContext['exception'];
  for (let retryCount = 0; ; retryCount += 1) {
    try {
      return await run({ retryCount, maxRetryCount: limit, ...(exception && { exception }) });
    } catch (error) {
      if (retryCount >= maxRetryCount || stopping.aborted) throw error;
      exception = { message: messageOf(error), source: 'local host', stackTrace: describe(error) };
      await delay(waitBefore(retryOptions, retryCount), stopping);
    }
  }
}

function waitBefore(options: RetryOptions, retryCount: number): number {
  const { retryStrategy, delayInterval, minimumInterval, maximumInterval } = options;
  if (retryStrategy !== 'exponentialBackoff') return (delayInterval?.seconds ?? 0) * 1000;
  const seconds = (minimumInterval?.seconds ?? 1) * 2 ** retryCount;
  return Math.min(seconds, maximumInterval?.seconds ?? seconds) * 1000;
}
