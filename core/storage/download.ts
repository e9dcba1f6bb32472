/**
 * @module core/storage/download
 * Blobs as they come in: chunk by chunk, with their size known beforehand and their hash at the end.
 */
import { createHash } from 'node:crypto';
import type { BlobDownloadResponseParsed } from '@azure/storage-blob';
import { InvalidModelError, UnavailableError } from '../errors.ts';
import type { ManifestFile } from '../manifest.ts';

/** Gets each chunk of a file in turn; the next one is read when it is done. */
export type ChunkTaker = (chunk: Buffer) => void | Promise<void>;

/**
 * The body of an answer. Throws {@link InvalidModelError} when it has more than `largestBytes`, before any of
 * it is read, or when its content isn't that of the MD5 which storage took when the blob was written.
 */
export async function readWhole(
  name: string,
  response: BlobDownloadResponseParsed,
  largestBytes: number,
): Promise<Buffer> {
  const size = response.contentLength ?? 0;
  if (size > largestBytes) {
    discard(response);
    throw new InvalidModelError(`${name} has ${size} bytes; at most ${largestBytes} are read.`);
  }
  const chunks: Buffer[] = [];
  for await (const chunk of response.readableStreamBody ?? []) chunks.push(Buffer.from(chunk));
  const bytes = Buffer.concat(chunks);
  checkMd5(name, response, bytes);
  return bytes;
}

/**
 * Streams a file of a version to `take`, with no more than a chunk of it in memory. Throws
 * {@link InvalidModelError} that names it unless size and SHA-256 are those in the manifest: for the size
 * before anything is read, for the hash at the end, when `take` has had all of it.
 */
export async function streamVerified(
  name: string,
  response: BlobDownloadResponseParsed,
  file: ManifestFile,
  take: ChunkTaker,
): Promise<void> {
  try {
    checkSize(name, response.contentLength ?? 0, file);
  } catch (error) {
    discard(response);
    throw error;
  }
  const hash = createHash('sha256');
  for await (const chunk of response.readableStreamBody ?? []) {
    const bytes = Buffer.from(chunk);
    hash.update(bytes);
    await take(bytes);
  }
  const found = hash.digest('hex');
  if (found !== file.sha256) {
    throw new InvalidModelError(
      `${name} is damaged: its SHA-256 is ${found}, by the manifest ${file.sha256}.`,
    );
  }
}

/** Throws {@link InvalidModelError} unless `bytes` is the size in the manifest. */
export function checkSize(name: string, bytes: number, file: ManifestFile): void {
  if (bytes === file.bytes) return;
  throw new InvalidModelError(`${name} has ${bytes} bytes; by the manifest it has ${file.bytes}.`);
}

/**
 * Manifests and registry documents have no hash beside them. Storage keeps the MD5 of what was uploaded in one
 * request, so bits that turned over since are noticed, also where the JSON still reads well.
 */
function checkMd5(name: string, { contentMD5 }: BlobDownloadResponseParsed, bytes: Buffer): void {
  if (contentMD5 === undefined || contentMD5.length === 0) return;
  const found = createHash('md5').update(bytes).digest();
  if (found.equals(contentMD5)) return;
  const message = `${name} is damaged: its MD5 is ${found.toString('hex')}, when it was written it was ${Buffer.from(contentMD5).toString('hex')}.`;
  if (!name.startsWith('registry/')) throw new InvalidModelError(message);
  throw new UnavailableError(`${message} Restore it, or promote a version anew.`, {
    retryAfterSeconds: 30,
    publicMessage: 'The registry is damaged. Try again later.',
  });
}

/** Lets go of a body that nobody will read, so that its connection is free again. */
function discard({ readableStreamBody }: BlobDownloadResponseParsed): void {
  const body = readableStreamBody as (NodeJS.ReadableStream & { destroy?: () => void }) | undefined;
  body?.on('error', () => {});
  body?.destroy?.();
}
