/**
 * @module functions/telemetry/request-log
 * One line of JSON for each request, in the log of its invocation.
 */
import type { InvocationContext } from '@azure/functions';
import { Occasionally } from '../../core/telemetry/occasionally.ts';
import type { Call } from '../http/handle.ts';

/** Which requests have a line: `errors` are those that failed here. */
export type RequestLog = 'all' | 'errors' | 'off';

export interface LoggedRequest {
  route: string;
  method: string;
  status: number;
  seconds: number;
  call: Call;
  /** Of the span, where there is one. */
  traceId: string | undefined;
}

/**
 * Refusals for want of room have one line a second between them, with the count of those `leftOut` since the line before:
 * a flood of them would fill the log, and take the processor from those who were let in. The figures have each.
 */
const refusals = new Occasionally(1000);

/** Writes the line: a warning where the fault is ours, else for information. What isn't known is left out. */
export function logRequest(
  { route, method, status, seconds, call: { requestId, version, reason }, traceId }: LoggedRequest,
  { which, invocation }: { which: RequestLog; invocation: InvocationContext },
): void {
  const failed = status >= 500;
  if (which === 'off' || (which === 'errors' && !failed)) return;
  const leftOut = status === 429 ? refusals.take() : 0;
  if (leftOut === undefined) return;
  const durationMs = Math.round(seconds * 10_000) / 10;
  const line = JSON.stringify({
    event: 'request',
    requestId,
    method,
    route,
    status,
    durationMs,
    reason,
    version,
    traceId,
    leftOut: leftOut || undefined,
  });
  if (failed) invocation.warn(line);
  else invocation.info(line);
}
