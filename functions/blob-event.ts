/**
 * @module functions/blob-event
 * The version that a blob event is about.
 */
import type { InvocationContext } from '@azure/functions';
import { STEP_CONTAINER, type StepName, versionOfManifest } from '../core/storage/names.ts';

/**
 * The version whose manifest the event is about, or undefined for any other blob: events are unfiltered, and
 * `{version}` in a trigger's path matches slashes too.
 */
export function versionOfEvent(step: StepName, context: InvocationContext): string | undefined {
  const blob = String(context.triggerMetadata?.blobTrigger ?? '');
  const slash = blob.indexOf('/');
  const container = blob.slice(0, slash);
  const version = versionOfManifest(blob.slice(slash + 1));
  if (version !== undefined && container === STEP_CONTAINER[step]) return version;
  context.log(`Not a manifest of a version, ignored: ${JSON.stringify(blob)}`);
  return undefined;
}
