/**
 * @module functions/main
 * The entry point of the function app: importing a function registers it.
 */
import { app } from '@azure/functions';
import './app.ts';
import './breeds.ts';
import './classify.ts';
import './convert.ts';
import './docs.ts';
import './feedback.ts';
import './feedback-delete.ts';
import './feedback-list.ts';
import './health.ts';
import './metrics.ts';
import './model.ts';
import './models.ts';
import './openapi.ts';
import './poison.ts';
import './promote.ts';
import './ready.ts';
import './register.ts';
import './retrain.ts';
import './retrain-now.ts';
import './rollback.ts';
import './sweep.ts';
import { endServices, services } from './services.ts';
import { readInstanceState } from './telemetry/instance-state.ts';
import { startTelemetry, stopTelemetry } from './telemetry/telemetry.ts';

// The first model is loaded before the first request asks for it. The start doesn't wait for it, and a registry
// that is empty or out of reach doesn't fail it: the requests will say so.
app.hook.appStart(async () => {
  Promise.resolve()
    .then(() => services().production.use(async () => {}))
    .catch(() => {});
  // Waited for, so that the first request is told of too. A fault of it is no reason not to answer.
  await startTelemetry(readInstanceState).catch((error) => console.error('Telemetry is off:', error));
});

// What was counted since it was last written or sent would be lost.
app.hook.appTerminate(async () => {
  await Promise.allSettled([endServices(), stopTelemetry()]);
});
