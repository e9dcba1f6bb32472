/**
 * @module functions/telemetry/prometheus
 * Figures in Prometheus' text format (https://prometheus.io/docs/instrumenting/exposition_formats/).
 */
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';

export const PROMETHEUS_MEDIA_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Every sample has the instance it is of: behind one address there are many. */
const LABELS_OF_RESOURCE = /^service\.instance\.id$/;

/** Writes figures as text. The package is loaded by the first who asks. */
export async function toPrometheusText(metrics: ResourceMetrics): Promise<string> {
  const { PrometheusSerializer } = await import('@opentelemetry/exporter-prometheus');
  const withTime = false;
  const withoutTarget = false;
  const withoutScope = true;
  return new PrometheusSerializer('', withTime, LABELS_OF_RESOURCE, withoutTarget, withoutScope).serialize(
    metrics,
  );
}
