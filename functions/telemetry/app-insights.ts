/**
 * @module functions/telemetry/app-insights
 * Exporters to Application Insights, by the settings that the host itself reads.
 */
import { AggregationTemporality } from '@opentelemetry/sdk-metrics';
import type { TelemetryConfig } from '../../core/config.ts';
import { managedIdentity } from '../../core/managed-identity.ts';
import { LazyMetricExporter, LazySpanExporter } from './lazy-exporter.ts';

type AppInsights = typeof import('@azure/monitor-opentelemetry-exporter');
type Options = ConstructorParameters<AppInsights['AzureMonitorTraceExporter']>[0];

/** Spans and figures go out by these; undefined where no connection string is set. Nothing is loaded or sent yet. */
export function appInsightsExporters(
  settings: TelemetryConfig,
): { spans: LazySpanExporter; metrics: LazyMetricExporter } | undefined {
  if (settings.APPLICATIONINSIGHTS_CONNECTION_STRING === undefined) return undefined;
  return {
    spans: new LazySpanExporter(async () => {
      const { AzureMonitorTraceExporter } = await loadPackage();
      return new AzureMonitorTraceExporter(optionsFor(settings));
    }),
    // What the package asks for: it counts up what was seen since the last export.
    metrics: new LazyMetricExporter(async () => {
      const { AzureMonitorMetricExporter } = await loadPackage();
      return new AzureMonitorMetricExporter(optionsFor(settings));
    }, AggregationTemporality.DELTA),
  };
}

async function loadPackage(): Promise<AppInsights> {
  // The package's figures of itself, which go to who made it.
  process.env.APPLICATION_INSIGHTS_NO_STATSBEAT ??= 'true';
  return import('@azure/monitor-opentelemetry-exporter');
}

function optionsFor(settings: TelemetryConfig): Options {
  const { APPLICATIONINSIGHTS_CONNECTION_STRING: connectionString } = settings;
  const signIn = settings.APPLICATIONINSIGHTS_AUTHENTICATION_STRING;
  // What can't be sent is lost: an instance has little disk, and may be gone before the next try.
  const options = {
    ...(connectionString !== undefined && { connectionString }),
    disableOfflineStorage: true,
  };
  if (signIn === undefined) return options;
  return { ...options, credential: managedIdentity(signIn.clientId) };
}
