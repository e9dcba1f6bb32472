/**
 * @module functions/convert
 * A trained version's manifest arrived: convert the version to what serves.
 */
import { app, type InvocationContext } from '@azure/functions';
import { convertVersion } from '../core/lifecycle/convert-version.ts';
import { versionOfEvent } from './blob-event.ts';
import { services } from './services.ts';
import { blobTriggerSource } from './settings.ts';

/** A fault is thrown on: the host delivers the event again, five times in all. */
export async function convert(_manifest: unknown, context: InvocationContext): Promise<void> {
  const version = versionOfEvent(context);
  if (version === undefined) return;
  const outcome = await convertVersion(services().storage, version);
  context.log(`Conversion of ${version}: ${outcome}`);
}

app.storageBlob('convert', {
  path: 'trained/{version}/manifest.json',
  connection: 'MODEL_STORAGE',
  source: blobTriggerSource,
  handler: convert,
});
