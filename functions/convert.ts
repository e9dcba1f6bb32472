/**
 * @module functions/convert
 * A trained version's manifest arrived: convert the version to what serves.
 */
import { app, type InvocationContext } from '@azure/functions';
import { runStep } from '../core/lifecycle/run-step.ts';
import { convertStep } from '../core/lifecycle/steps.ts';
import { versionOfEvent } from './blob-event.ts';
import { services } from './services.ts';
import { blobTriggerSource } from './settings.ts';

/** A fault is thrown on: the host delivers the event again, five times in all, and then to `poison`. */
export async function convert(_manifest: unknown, context: InvocationContext): Promise<void> {
  const version = versionOfEvent('convert', context);
  if (version === undefined) return;
  const { storage, config } = services();
  const step = convertStep(storage, version, { mostWeights: config.CONVERT_MOST_WEIGHTS });
  const outcome = await runStep(storage, step, { log: (line) => context.warn(line) });
  context.log(`Conversion of ${version}: ${outcome}`);
}

app.storageBlob('convert', {
  path: 'trained/{version}/manifest.json',
  connection: 'MODEL_STORAGE',
  source: blobTriggerSource,
  handler: convert,
});
