/**
 * @module functions/blob-event
 * The version that a blob event is about.
 */
import type { InvocationContext } from '@azure/functions';
import { versionOfManifest } from '../core/storage/names.ts';

/**
 * The version whose manifest the event is about, or undefined for any other blob: events are unfiltered, and
 * `{version}` in a trigger's path matches slashes too.
 */
export function versionOfEvent(context: InvocationContext): string | undefined {
  const blob = String(context.triggerMetadata?.blobTrigger ?? '');
  const version = versionOfManifest(blob.slice(blob.indexOf('/') + 1));
  if (version === undefined) context.log(`Not a manifest of a version, ignored: ${JSON.stringify(blob)}`);
  return version;
}
