/**
 * @module tests/unit/functions/telemetry/spans
 * Spans that end in memory, for a test to look at.
 */
import { resourceFromAttributes } from '@opentelemetry/resources';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { startTraces } from '../../../../functions/telemetry/traces.ts';

/** From now on spans are kept. One at a time: the tracer is the process's. */
export function keepSpans() {
  const exporter = new InMemorySpanExporter();
  const traces = startTraces({
    resource: resourceFromAttributes({ 'service.name': 'test' }),
    processors: [new SimpleSpanProcessor(exporter)],
  });
  return {
    spans: () => exporter.getFinishedSpans(),
    named: (name: string): ReadableSpan => {
      const found = exporter.getFinishedSpans().filter((span) => span.name === name);
      if (found.length !== 1) throw new Error(`${found.length} spans are called ${name}, not one.`);
      return found[0]!;
    },
    reset: () => exporter.reset(),
    stop: traces.stop,
  };
}
