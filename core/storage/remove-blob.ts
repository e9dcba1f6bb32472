/**
 * @module core/storage/remove-blob
 * Removes a blob whatever it holds by then.
 */
import type { Container } from './names.ts';
import type { Storage } from './storage.ts';

/** Success too where there is none. Throws UnavailableError. */
export async function removeBlob(
  storage: Pick<Storage, 'properties' | 'remove'>,
  container: Container,
  path: string,
): Promise<void> {
  for (;;) {
    const found = await storage.properties(container, path);
    if (found === undefined || (await storage.remove(container, path, found.etag))) return;
  }
}
