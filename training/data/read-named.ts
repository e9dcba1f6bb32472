/**
 * @module training/data/read-named
 * Photographs to look at or to measure by: they needn't suffice for training.
 */
import type { Reporter } from '../reporter.ts';
import { type DataSet, readDataSet } from './data-set.ts';
import { openSource } from './source.ts';

/**
 * The photographs under a folder, an archive, or the https address of one; one breed, or one picture of it, will do.
 * Throws DataError where there is none, or an archive hasn't `sha256`.
 */
export async function readNamed(
  named: string,
  { cache, sha256, reporter }: { cache: string; sha256: string; reporter: Reporter },
): Promise<{ title: string; data: DataSet }> {
  const source = await openSource(named, { cache, sha256, reporter });
  const reading = reporter.progress('reading photographs');
  const data = await readDataSet(source.folder, {
    fewestClasses: 1,
    fewestPictures: 1,
    onProgress: reading.onProgress,
  }).finally(reading.end);
  return { title: source.title, data };
}
