/**
 * @module functions/register
 * A servable version's manifest arrived: judge the version, and let it serve when it is better.
 */
import { app, type InvocationContext } from '@azure/functions';
import { runStep } from '../core/lifecycle/run-step.ts';
import { registerStep } from '../core/lifecycle/steps.ts';
import { versionOfEvent } from './blob-event.ts';
import { services } from './services.ts';
import { blobTriggerSource } from './settings.ts';

/** A fault is thrown on: the host delivers the event again, five times in all, and then to `poison`. A rejection is a result, not a fault. */
export async function register(_manifest: unknown, context: InvocationContext): Promise<void> {
  const version = versionOfEvent('register', context);
  if (version === undefined) return;
  const { storage } = services();
  const step = registerStep(storage, version, { by: 'register' });
  const registration = await runStep(storage, step, { log: (line) => context.warn(line) });
  if (typeof registration === 'string') {
    context.log(`Registration of ${version}: ${registration}`);
    return;
  }
  const { record, outcome } = registration;
  context.log(
    `Registration of ${version}: ${outcome === 'rejected' ? outcome : `${record.state}, ${outcome}`}`,
  );
  for (const { name, reason } of record.gates.filter((gate) => !gate.passed)) {
    context.warn(`${version} doesn't pass "${name}": ${reason}`);
  }
}

app.storageBlob('register', {
  path: 'models/{version}/manifest.json',
  connection: 'MODEL_STORAGE',
  source: blobTriggerSource,
  handler: register,
});
