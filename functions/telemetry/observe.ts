/**
 * @module functions/telemetry/observe
 * What is told of each request: a span, figures, and a line in the log. Of what the client sent none of them has more than
 * its request id: no address, no header, no body.
 */
import type { HttpRequest, HttpResponseInit, InvocationContext } from '@azure/functions';
import { context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Call } from '../http/handle.ts';
import { logRequest } from './request-log.ts';
import { meters, telemetrySettings } from './telemetry.ts';
import { parseTraceParent } from './trace-parent.ts';

/** Stands for whichever tracer is registered later. */
const tracer = trace.getTracer('pawprint');

/** Answers a request by `answer`, which never throws, and tells of it. */
export async function observe(
  { request, invocation, call }: { request: HttpRequest; invocation: InvocationContext; call: Call },
  answer: () => Promise<HttpResponseInit>,
): Promise<HttpResponseInit> {
  const method = request.method.toUpperCase();
  const route = routeOf(invocation);
  const { span, around } = startSpan({ request, invocation, method, route });
  const response = await context.with(around, answer);
  const status = response.status ?? 200;
  const seconds = (performance.now() - call.startedAt) / 1000;
  const traceId = span.isRecording() ? span.spanContext().traceId : undefined;
  endSpan(span, call, status);
  meters()?.countRequest({ route, method, status, seconds, reason: call.reason });
  const { REQUEST_LOG: which } = telemetrySettings();
  logRequest({ route, method, status, seconds, call, traceId }, { which, invocation });
  return response;
}

/** As the function is registered, so that there are as many as functions; its name where it is none of HTTP. */
export function routeOf({ options, functionName }: InvocationContext): string {
  const { route } = options.trigger as { route?: string };
  return route === undefined ? functionName : `/api/${route}`;
}

function startSpan({
  request,
  invocation,
  method,
  route,
}: {
  request: HttpRequest;
  invocation: InvocationContext;
  method: string;
  route: string;
}) {
  const ofHost = parseTraceParent(invocation.traceContext?.traceParent);
  const parent = ofHost ?? parseTraceParent(request.headers.get('traceparent'));
  const before = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
  const span = tracer.startSpan(
    `${method} ${route}`,
    {
      // A host that traces has told of the request itself: two of it would be counted twice.
      kind: ofHost === undefined ? SpanKind.SERVER : SpanKind.INTERNAL,
      attributes: {
        'http.request.method': method,
        'http.route': route,
        'faas.invocation_id': invocation.invocationId,
      },
    },
    before,
  );
  return { span, around: trace.setSpan(before, span) };
}

function endSpan(span: Span, { requestId, version, reason }: Call, status: number): void {
  span.setAttribute('pawprint.request_id', requestId);
  span.setAttribute('http.response.status_code', status);
  if (version !== undefined) span.setAttribute('pawprint.model.version', version);
  if (reason !== undefined) span.setAttribute('error.type', reason);
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}
