/**
 * @module core/registry/own-document
 * Documents of the registry that have one writer: what an instance has seen.
 */
import type { Storage } from '../storage/storage.ts';
import { encodeDocument } from './schema.ts';

/** Writes a document that only this process writes in place of its last one. Throws UnavailableError. */
export async function writeOwnDocument(storage: Storage, path: string, document: object): Promise<void> {
  const existing = await storage.find('registry', path);
  // A refusal means that an earlier try did arrive; the next report has it all.
  await storage.replace('registry', path, encodeDocument(document), existing?.etag ?? null);
}
