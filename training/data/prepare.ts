/**
 * @module training/data/prepare
 * From what the settings name to labelled photographs in two parts: all of a training's first phase that has
 * to do with data.
 */
import { contentHash } from '../../core/hash.ts';
import type { Label } from '../../core/manifest.ts';
import type { Reporter } from '../reporter.ts';
import type { Settings } from '../settings.ts';
import { formatSkipped } from '../summary.ts';
import { type DataSet, readDataSet } from './data-set.ts';
import { openSource } from './source.ts';
import { labelsOf } from './species.ts';
import { readSpeciesFile } from './species-file.ts';
import { type PlannedSplit, splitPictures } from './split.ts';
import { readSplitLists, splitByLists } from './split-lists.ts';

export interface PreparedPhotographs {
  data: DataSet;
  labels: Label[];
  split: PlannedSplit;
  /** `--data` without what may be a secret in it: what may be written down. */
  source: string;
}

type DataSettings = Pick<Settings, 'data' | 'sha256' | 'species' | 'split' | 'seed' | 'evaluationShare'>;

/**
 * Opens, reads, labels and splits, and tells the reporter what is odd. Throws DataError for whatever can't be
 * used. What is on neither side of the split is in `data.skipped`, too.
 */
export async function preparePhotographs(
  settings: DataSettings,
  { cache, reporter }: { cache: string; reporter: Reporter },
): Promise<PreparedPhotographs> {
  // Small files first: a typing error in them shows before gigabytes are read.
  const lists = settings.split === '' ? null : await readSplitLists(settings.split);
  const opened = await openSource(settings.data, { cache, sha256: settings.sha256, reporter });
  const reading = reporter.progress('reading photographs');
  const read = await readDataSet(opened.folder, { onProgress: reading.onProgress }).finally(reading.end);
  const breeds = [...read.classes, ...read.leftOut];
  const given = settings.species === '' ? new Map() : await readSpeciesFile(settings.species, { breeds });
  const { classes, skipped } = read;
  const labels = labelsOf(classes, { given });
  const split = lists
    ? splitByLists(read.pictures, { classes, lists, skipped })
    : splitPictures(read.pictures, { ...settings, classes });
  const isUsed = new Set([...split.training, ...split.evaluation].map(({ path }) => path));
  const pictures = read.pictures.filter(({ path }) => isUsed.has(path));
  const data = {
    ...read,
    pictures,
    skipped: [...skipped, ...split.leftOut],
    contentHash: contentHash(pictures),
  };

  for (const note of data.notes) reporter.line(`note: ${note}`);
  for (const line of formatSkipped(data.skipped)) reporter.line(line);
  const others = labels.filter(({ species }) => species === 'other').map(({ name }) => name);
  if (others.length > 0) {
    reporter.line(
      `note: cat or dog? ${formatNames(others)}: prefixes cat_ and dog_ or --species FILE tell; until then it is "other"`,
    );
  }
  if (split.nearDuplicates.length > 0) {
    const count = split.nearDuplicates.flat().length;
    reporter.line(
      `${count} photographs are near-duplicates, in ${split.nearDuplicates.length} groups: each stays on one side of the split`,
    );
  }
  return { data, labels, split, source: opened.title };
}

function formatNames(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}
