/**
 * @module functions/telemetry/telemetry
 * What this instance tells of its work: figures always, spans where they go anywhere. Started once, before the first
 * request, and never in the way: without it everything works and nothing is told.
 */
import { DiagConsoleLogger, DiagLogLevel, diag } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import { parseTelemetryConfig, type TelemetryConfig } from '../../core/config.ts';
import { INSTANCE } from '../instance.ts';
import type { ReadState } from './instance-gauges.ts';
import type { Meters } from './meters.ts';
import type { Traces } from './traces.ts';

interface Telemetry {
  meters: Meters;
  stop(): Promise<void>;
}

let settings: TelemetryConfig | undefined;
let started: Telemetry | undefined;

/** The figures of this instance; undefined where none are kept. */
export function meters(): Meters | undefined {
  return started?.meters;
}

/** The settings, with the defaults for all where one is wrong: the services say which, see core/config. */
export function telemetrySettings(): TelemetryConfig {
  settings ??= readSettings();
  return settings;
}

/** Starts what the settings ask for. */
export async function startTelemetry(readState: ReadState): Promise<void> {
  const asked = telemetrySettings();
  if (asked.OTEL_SDK_DISABLED || started !== undefined) return;
  // Faults of exporters, which nobody waits for.
  diag.setLogger(new DiagConsoleLogger(), { logLevel: DiagLogLevel.WARN });
  const [{ resourceFromAttributes }, { appInsightsExporters }, { Meters }] = await Promise.all([
    import('@opentelemetry/resources'),
    import('./app-insights.ts'),
    import('./meters.ts'),
  ]);
  const resource = resourceFromAttributes({
    'service.name': asked.OTEL_SERVICE_NAME,
    'service.instance.id': INSTANCE,
  });
  const appInsights = appInsightsExporters(asked);
  const kept = new Meters({ resource, readState, exporters: appInsights ? [appInsights.metrics] : [] });
  const toConsole = asked.OTEL_TRACES_EXPORTER === 'console';
  const isTraced = toConsole || appInsights !== undefined;
  const traces = isTraced ? await traceTo({ resource, toConsole, exporter: appInsights?.spans }) : undefined;
  const stop = async () => {
    await Promise.all([traces?.stop(), kept.stop()]);
  };
  started = { meters: kept, stop };
}

async function traceTo({
  resource,
  toConsole,
  exporter,
}: {
  resource: Resource;
  toConsole: boolean;
  exporter: SpanExporter | undefined;
}): Promise<Traces> {
  const [{ inBatches, startTraces }, { ConsoleSpanExporter, SimpleSpanProcessor }] = await Promise.all([
    import('./traces.ts'),
    import('@opentelemetry/sdk-trace-base'),
  ]);
  const processors = [
    ...(exporter === undefined ? [] : [inBatches(exporter)]),
    ...(toConsole ? [new SimpleSpanProcessor(new ConsoleSpanExporter())] : []),
  ];
  return startTraces({ resource, processors });
}

/** Exports what is waiting, and ends. */
export async function stopTelemetry(): Promise<void> {
  const ending = started;
  started = undefined;
  await ending?.stop();
}

function readSettings(): TelemetryConfig {
  try {
    return parseTelemetryConfig(process.env);
  } catch {
    return parseTelemetryConfig({});
  }
}
