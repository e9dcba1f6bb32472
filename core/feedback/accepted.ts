/**
 * @module core/feedback/accepted
 * Pictures of feedback that training reads: `datasets/feedback/{breed}/{id}.jpg`, copies that a reviewer accepted.
 */
import { BadRequestError } from '../errors.ts';
import { loadEngine } from '../image/engine.ts';
import { ACCEPTED_PREFIX } from '../storage/names.ts';
import { removeBlob } from '../storage/remove-blob.ts';
import type { Storage } from '../storage/storage.ts';
import { reencodePicture } from './picture.ts';

/** What may be the name of a folder, on every system, and of a breed. */
const BREED_PATTERN = /^[\p{L}\p{N}][\p{L}\p{N} _.'()-]{0,98}[\p{L}\p{N})']$/u;

/** Returns `breed` if it can be a folder's name. Throws {@link BadRequestError} otherwise, before it gets into a path. */
export function parseBreed(breed: string): string {
  if (BREED_PATTERN.test(breed)) return breed;
  throw new BadRequestError(
    `${JSON.stringify(breed.slice(0, 60))} can't be the name of a breed's folder: letters, digits, spaces and _.'()- only.`,
  );
}

/**
 * The copies of one picture. They are looked for under every breed: the record, which has it, may be gone. Throws
 * UnavailableError.
 */
export async function findAcceptedCopies(storage: Storage, id: string): Promise<string[]> {
  const paths = await storage.list('datasets', ACCEPTED_PREFIX);
  return paths.filter((path) => path.endsWith(`/${id}.jpg`));
}

/** Removes the copies of one picture but the one at `except`. Throws UnavailableError. */
export async function removeAcceptedCopies(
  storage: Storage,
  id: string,
  { except }: { except?: string } = {},
): Promise<void> {
  for (const path of await findAcceptedCopies(storage, id)) {
    if (path !== except) await removeBlob(storage, 'datasets', path);
  }
}

/** A JPEG as it is where nothing is in it but the picture, which is so for all that this service kept; else encoded anew. */
export async function withoutMetadata(jpeg: Buffer): Promise<Buffer> {
  const { exif, xmp, iptc } = await (await loadEngine())(jpeg).metadata();
  const isBare = exif === undefined && xmp === undefined && iptc === undefined;
  return isBare ? jpeg : (await reencodePicture(jpeg)).jpeg;
}
