/**
 * @module functions/telemetry/traces
 * Where spans go. Loaded only where they go anywhere.
 */
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import type { Resource } from '@opentelemetry/resources';
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';

export interface Traces {
  /** Exports what is waiting, and ends. */
  stop(): Promise<void>;
}

/** From now on spans are made, and go to `processors`. */
export function startTraces({
  resource,
  processors,
}: {
  resource: Resource;
  processors: SpanProcessor[];
}): Traces {
  const provider = new BasicTracerProvider({
    resource,
    spanProcessors: processors,
    // The SDK's own default leaves out a request whose `traceparent` says so: anybody could stay out of sight by that.
    ...(process.env.OTEL_TRACES_SAMPLER ? {} : { sampler: new AlwaysOnSampler() }),
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  trace.setGlobalTracerProvider(provider);
  return {
    async stop() {
      trace.disable();
      context.disable();
      await provider.shutdown();
    },
  };
}

/** Exports in the background, some at a time; under a load beyond that spans are dropped, never requests. */
export function inBatches(exporter: SpanExporter): SpanProcessor {
  return new BatchSpanProcessor(exporter);
}
