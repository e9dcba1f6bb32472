/**
 * @module core/lifecycle/gates/files
 * Gate: every file is the one that the manifest lists, by its size and SHA-256.
 */
import { InvalidModelError } from '../../errors.ts';
import { type Manifest, requiredFiles } from '../../manifest.ts';
import type { Gate } from '../../registry/schema.ts';
import type { Storage } from '../../storage/storage.ts';
import { blameOf, counted, gateOf } from './gate.ts';

/** Whole files of a version, by their path. A damaged one isn't among them. */
export type Files = ReadonlyMap<string, Buffer>;

/** Read at once, with the sessions beside them; an instance has 2 GB. A version of ours takes some 30 MB. */
const MOST_BYTES = 400e6;

/**
 * Reads `models/{version}`. Files that are damaged or missing are named, all of them; what the others say is judged
 * nonetheless. Those that no gate needs are checked and dropped.
 */
export async function readFiles(storage: Storage, manifest: Manifest): Promise<{ gate: Gate; files: Files }> {
  const name = 'hashes';
  const files = new Map<string, Buffer>();
  const listed = manifest.files.length;
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  if (bytes > MOST_BYTES) {
    const reason = `the manifest lists ${bytes} bytes in ${counted(listed, 'file')}; at most ${MOST_BYTES} are read`;
    return { files, gate: gateOf(name, { value: bytes, threshold: MOST_BYTES, passed: false, reason }) };
  }
  const needed = requiredFiles('servable');
  const faults: string[] = [];
  for (const file of manifest.files) {
    try {
      const content = await storage.readModelFile('models', manifest.version, file);
      if (needed.includes(file.path)) files.set(file.path, content);
    } catch (error) {
      faults.push(blameOf(error));
    }
  }
  const passed = faults.length === 0;
  const reason = passed ? 'every file has the size and SHA-256 in the manifest' : faults.join(' ');
  return { files, gate: gateOf(name, { value: listed - faults.length, threshold: listed, passed, reason }) };
}

/** A file that was read. Throws {@link InvalidModelError} for one that wasn't whole. */
export function requireFile(files: Files, path: string): Buffer {
  const content = files.get(path);
  if (content === undefined) throw new InvalidModelError(`${path} is not as the manifest lists it.`);
  return content;
}

/** Gate: the file that serves isn't larger than `mostMegabytes`. */
export function sizeGate(
  { files }: Pick<Manifest, 'files'>,
  { path, mostMegabytes }: { path: string; mostMegabytes: number },
): Gate {
  const bytes = files.find((file) => file.path === path)?.bytes ?? 0;
  const threshold = mostMegabytes * 1e6;
  const reason = `${path}, which serves, has ${(bytes / 1e6).toFixed(1)} MB; at most ${mostMegabytes} are taken`;
  return gateOf('size', { value: bytes, threshold, passed: bytes <= threshold, reason });
}
