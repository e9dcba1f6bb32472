/**
 * @module functions/metrics
 * GET /api/metrics: the figures of this instance, for Prometheus and for people.
 */
import { app, type HttpResponseInit } from '@azure/functions';
import { NotFoundError } from '../core/errors.ts';
import { EVERY_METHOD, handle } from './http/handle.ts';
import { services } from './services.ts';
import { PROMETHEUS_MEDIA_TYPE, toPrometheusText } from './telemetry/prometheus.ts';
import { meters } from './telemetry/telemetry.ts';

/** Behind an address with several instances, any one of them answers: its label says which. Throws NotFoundError. */
export async function metrics(): Promise<HttpResponseInit> {
  // A setting that is wrong is named by this, and not taken for figures that are switched off.
  services();
  const kept = meters();
  if (kept === undefined) {
    throw new NotFoundError(
      'This instance keeps no figures: OTEL_SDK_DISABLED is set. Take it away for them.',
    );
  }
  return {
    headers: { 'content-type': PROMETHEUS_MEDIA_TYPE },
    body: await toPrometheusText(await kept.collect()),
  };
}

// How busy the service is, with which models, and what it refuses is nothing for clients, whose keys may be in apps.
app.http('metrics', {
  methods: EVERY_METHOD,
  authLevel: 'admin',
  route: 'metrics',
  handler: handle(['GET'], metrics),
});
