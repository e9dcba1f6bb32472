/**
 * @module training/models/held-back
 * Which pictures a version was never trained on, as its own `evaluation.json` tells.
 */
import { z } from 'zod';
import { InvalidModelError } from '../../core/errors.ts';
import { FILE } from '../../core/manifest.ts';

const evaluationSchema = z.object({ pictures: z.array(z.object({ sha256: z.string() })) });

/** SHA-256 of each picture that was held back. Throws {@link InvalidModelError} for a file that tells none. */
export function heldBackHashes(evaluation: Uint8Array): Set<string> {
  const parsed = evaluationSchema.safeParse(parseJson(evaluation));
  if (!parsed.success)
    throw new InvalidModelError(`${FILE.evaluation} lists no pictures that were held back.`);
  return new Set(parsed.data.pictures.map(({ sha256 }) => sha256));
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}
