/**
 * @module tests/helpers/push-tiny
 * Tiny versions on their way: one whose verdict doesn't depend on how fast a machine at work is, and the upload.
 */
import type { Storage } from '../../core/storage/storage.ts';
import { anEvaluation } from './evaluations.ts';
import { aTinyVersion, TINY_LABELS, type TinyVersion } from './tiny-version.ts';

/** Serves float32 on every machine: its int8 loses two pictures in ten, so that its speed decides nothing. */
export function aFloat32Version(options: { seed?: number; createdAt?: string } = {}): Promise<TinyVersion> {
  const ranks = { float32: [1, 1, 1, 1, 1, 1, 1, 1, 1, 2], int8: [1, 1, 1, 1, 1, 1, 1, 2, 2, 2] };
  return aTinyVersion({ ...options, evaluation: anEvaluation({ labels: TINY_LABELS, ranks }) });
}

/** Uploads a version as training does, the manifest last. Returns its name. */
export async function pushTiny(storage: Storage, { manifest, files }: TinyVersion): Promise<string> {
  for (const [path, bytes] of files)
    await storage.createOnce('trained', `${manifest.version}/${path}`, bytes);
  return manifest.version;
}
