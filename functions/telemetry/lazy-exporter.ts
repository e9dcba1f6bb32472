/**
 * @module functions/telemetry/lazy-exporter
 * Exporters that are loaded when there is something to export: they are large, and an app's start should be short.
 */
import type { AggregationTemporality, PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';

type Done = Parameters<SpanExporter['export']>[1];
/** ExportResultCode.FAILED of @opentelemetry/core. */
const FAILED = 1;

interface Exporter<Batch> {
  export(batch: Batch, done: Done): void | Promise<void>;
  shutdown(): Promise<void>;
}

class LazyExporter<Batch> {
  private readonly load: () => Promise<Exporter<Batch>>;
  private loading: Promise<Exporter<Batch>> | undefined;

  constructor(load: () => Promise<Exporter<Batch>>) {
    this.load = load;
  }

  export(batch: Batch, done: Done): void {
    this.loading ??= this.load();
    // An exporter may say so or reject, and a rejection that nobody awaits would end the process.
    this.loading
      .then((exporter) => exporter.export(batch, done))
      .catch((error) => done({ code: FAILED, error: asError(error) }));
  }

  async forceFlush(): Promise<void> {}

  async shutdown(): Promise<void> {
    await (await this.loading)?.shutdown();
  }
}

export class LazySpanExporter extends LazyExporter<ReadableSpan[]> implements SpanExporter {}

export class LazyMetricExporter extends LazyExporter<ResourceMetrics> implements PushMetricExporter {
  private readonly temporality: AggregationTemporality;

  /** `temporality` is what the exporter takes: sums of an interval, or since the start. */
  constructor(load: () => Promise<PushMetricExporter>, temporality: AggregationTemporality) {
    super(load);
    this.temporality = temporality;
  }

  selectAggregationTemporality(): AggregationTemporality {
    return this.temporality;
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
