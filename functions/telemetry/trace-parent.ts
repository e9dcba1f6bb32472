/**
 * @module functions/telemetry/trace-parent
 * The trace that a request belongs to, by W3C Trace Context (https://www.w3.org/TR/trace-context/).
 */
import { isSpanContextValid, type SpanContext } from '@opentelemetry/api';

const PATTERN = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** The span that a `traceparent` names; undefined for none and for one that isn't valid, as the standard asks. */
export function parseTraceParent(text: string | null | undefined): SpanContext | undefined {
  const [, version, traceId, spanId, flags, more] = PATTERN.exec(text?.trim() ?? '') ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  // Only a later version than 00 may have more parts, and there will be no ff.
  if (version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  const parent = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(parent) ? parent : undefined;
}
