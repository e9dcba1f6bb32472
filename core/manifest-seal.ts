/**
 * @module core/manifest-seal
 * The manifest's own SHA-256, in it. Every other file of a version is proven by its entry in the manifest; this
 * proves the entries, and all the figures, labels and thresholds that nothing else would contradict.
 */
import { z } from 'zod';
import { InvalidModelError } from './errors.ts';
import { sha256 } from './hash.ts';

const SEAL = 'manifestSha256';

/** For the stored form of a manifest. One that was written by hand needs no seal. */
export const sealSchema = {
  [SEAL]: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lower-case hex')
    .optional()
    .describe('of the JSON of all other fields, in their order, without white space between them'),
};

/** `document` with its seal as the last field. */
export function seal(document: object): object {
  return { ...document, [SEAL]: sha256(JSON.stringify(document)) };
}

/**
 * The document without its seal, where it has one. Throws {@link InvalidModelError} that names `file` when the
 * rest of it isn't what was sealed.
 */
export function breakSeal(document: object, file: string): object {
  const { [SEAL]: expected, ...rest } = document as Record<string, unknown>;
  if (expected === undefined) return rest;
  const found = sha256(JSON.stringify(rest));
  if (found === expected) return rest;
  throw new InvalidModelError(
    `${file} is damaged, or was changed by hand: the SHA-256 of its content is ${found}, by its ${SEAL} ${JSON.stringify(expected)}. Restore it; who means the change leaves out ${SEAL}.`,
  );
}
