/**
 * @module functions/telemetry/meters
 * The figures of this instance. Loaded at the app's start, not before. Every label has few values: routes are templates,
 * reasons are kinds of problems, and nothing comes from a client.
 */
import type { Counter, Histogram, Meter } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  InstrumentType,
  MeterProvider,
  MetricReader,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics';
import { SCORE_EDGES, type SeenAnswer } from '../../core/registry/scores.ts';
import { observeInstance, type ReadState } from './instance-gauges.ts';

const REQUEST_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 60];
const WORK_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Seconds between two exports to where figures are pushed. */
const EXPORT_SECONDS = 60;

/** One request, answered. */
export interface RequestFigures {
  /** As it is registered: `api/models/{version}`. */
  route: string;
  method: string;
  status: number;
  seconds: number;
  /** The kind of the problem that it was answered with, if it was. */
  reason: string | undefined;
}

/** One photograph, answered. */
export interface AnswerFigures {
  version: string;
  precision: string;
  /** Of the picture. */
  format: string;
  decodeSeconds: number;
  inferenceSeconds: number;
  seen: SeenAnswer;
}

/** Figures wait in it until somebody asks. */
class PullReader extends MetricReader {
  constructor() {
    super({
      // What a gauge observed at an earlier look, and doesn't any more, is gone: a model that answered last week, say.
      aggregationTemporalitySelector: (type) =>
        type === InstrumentType.OBSERVABLE_GAUGE
          ? AggregationTemporality.DELTA
          : AggregationTemporality.CUMULATIVE,
    });
  }

  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

export class Meters {
  private readonly reader = new PullReader();
  private readonly provider: MeterProvider;
  private readonly requests: Histogram;
  private readonly rejections: Counter;
  private readonly decoding: Histogram;
  private readonly inference: Histogram;
  private readonly topScores: Histogram;
  private readonly answers: Counter;

  /** `readState` is asked for what only this moment knows; `exporters` get the figures every minute. */
  constructor({
    resource,
    readState,
    exporters = [],
  }: {
    resource: Resource;
    readState: ReadState;
    exporters?: PushMetricExporter[];
  }) {
    const pushing = exporters.map(
      (exporter) =>
        new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: EXPORT_SECONDS * 1000 }),
    );
    this.provider = new MeterProvider({ resource, readers: [this.reader, ...pushing] });
    const meter = this.provider.getMeter('pawprint');
    const histogram = histograms(meter);
    this.requests = histogram(
      'pawprint_request_duration_seconds',
      'Requests by how long their answer took',
      REQUEST_SECONDS,
    );
    this.rejections = meter.createCounter('pawprint_rejections_total', {
      description: 'Requests, and photographs of a batch, that were answered with a problem, by its kind',
    });
    this.decoding = histogram(
      'pawprint_decode_duration_seconds',
      'Photographs by how long reading them took',
      WORK_SECONDS,
    );
    this.inference = histogram(
      'pawprint_inference_duration_seconds',
      'Photographs by how long the model took',
      WORK_SECONDS,
    );
    this.topScores = histogram(
      'pawprint_top_score',
      'Photographs by the score of the breed named first',
      SCORE_EDGES,
    );
    this.answers = meter.createCounter('pawprint_answers_total', {
      description: 'Photographs by whether the answer is to be trusted',
    });
    observeInstance(meter, readState);
  }

  countRequest({ route, method, status, seconds, reason }: RequestFigures): void {
    this.requests.record(seconds, { route, method, status: String(status) });
    if (reason !== undefined) this.countRejection({ route, reason });
  }

  /** One photograph of several that has a problem, or a whole request. */
  countRejection({ route, reason }: { route: string; reason: string }): void {
    this.rejections.add(1, { route, reason });
  }

  countAnswer({ version, precision, format, decodeSeconds, inferenceSeconds, seen }: AnswerFigures): void {
    this.decoding.record(decodeSeconds, { format });
    this.inference.record(inferenceSeconds, { version, precision });
    this.topScores.record(seen.score, { version });
    this.answers.add(1, { version, verdict: seen.reason ?? 'confident' });
  }

  /** All figures since the start. */
  async collect(): Promise<ResourceMetrics> {
    return (await this.reader.collect()).resourceMetrics;
  }

  /** Exports what is waiting, and ends. */
  async stop(): Promise<void> {
    await this.provider.shutdown();
  }
}

function histograms(meter: Meter) {
  return (name: string, description: string, edges: readonly number[]): Histogram =>
    meter.createHistogram(name, { description, advice: { explicitBucketBoundaries: [...edges] } });
}
