/**
 * @module core/hash
 * SHA-256, of bytes and of a set of files.
 */
import { createHash } from 'node:crypto';

/** SHA-256 of bytes or of a UTF-8 string, as 64 lower-case hex digits. */
export function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/**
 * One hash for a set of files: SHA-256 over the lines `path NUL sha256`, sorted by the bytes of the path.
 * The order in which the files are given doesn't matter.
 */
export function contentHash(files: Iterable<{ path: string; sha256: string }>): string {
  const lines = [...files].map((file) => Buffer.from(`${file.path}\0${file.sha256}\n`));
  return sha256(Buffer.concat(lines.sort(Buffer.compare)));
}

/** Orders strings by the bytes of their UTF-8 form: the same on every machine, whatever its locale. */
export function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
