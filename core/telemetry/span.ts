/**
 * @module core/telemetry/span
 * Times a part of the work for whoever traces it. Without a tracer, and outside of any request, it costs nothing but
 * the call.
 */
import { type Attributes, type Span, SpanStatusCode, trace } from '@opentelemetry/api';
import { PawprintError } from '../errors.ts';

/** Stands for whichever tracer is registered later. */
const tracer = trace.getTracer('pawprint');

/**
 * Runs `work` as a child of the span that is under way here; without one, which is so for what an instance does on its
 * own, just runs it. An attribute may hold a version, a format, a container: never what a client sent.
 */
export async function inSpan<T>(name: string, attributes: Attributes, work: () => Promise<T>): Promise<T> {
  // A timer that was set within a request still sees its span, which has ended by then.
  if (!trace.getActiveSpan()?.isRecording()) return work();
  return tracer.startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work();
    } catch (error) {
      markFailed(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Says that the work failed, and of which kind the fault is. Its words may name what nobody else should read. */
export function markFailed(span: Span, error: unknown): void {
  span.setAttribute('error.type', error instanceof PawprintError ? error.code : 'internal');
  span.setStatus({ code: SpanStatusCode.ERROR });
}
