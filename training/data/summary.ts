/**
 * @module training/data/summary
 * What is in a data set, in numbers.
 */
import type { Label } from '../../core/manifest.ts';
import type { DataSet } from './data-set.ts';
import type { Skipped } from './entries.ts';
import { listNearDuplicates } from './near-duplicates.ts';
import type { Species } from './species.ts';

interface Range {
  min: number;
  median: number;
  max: number;
}

export interface DataSummary {
  photographs: number;
  breeds: { breed: string; species: Species; photographs: number }[];
  /** Photographs and breeds of each species that occurs. */
  species: Partial<Record<Species, { breeds: number; photographs: number }>>;
  /** Pixels of the upright pictures' sides. */
  sides: { shorter: Range; longer: Range };
  /** Photographs by format, as their bytes have it. */
  formats: Record<string, number>;
  skipped: Skipped[];
  nearDuplicates: string[][];
  notes: string[];
}

/** Counts a data set; `labels` are those of its classes. */
export function summarize(data: DataSet, labels: readonly Label[]): DataSummary {
  const { pictures, skipped, notes } = data;
  const summary: DataSummary = {
    photographs: pictures.length,
    breeds: labels.map(({ name, species }) => ({ breed: name, species, photographs: 0 })),
    species: {},
    sides: {
      shorter: rangeOf(pictures.map(({ info }) => Math.min(info.width, info.height))),
      longer: rangeOf(pictures.map(({ info }) => Math.max(info.width, info.height))),
    },
    formats: {},
    skipped,
    nearDuplicates: listNearDuplicates(pictures),
    notes,
  };
  for (const { label, info } of pictures) {
    summary.breeds[label]!.photographs++;
    summary.formats[info.format] = (summary.formats[info.format] ?? 0) + 1;
  }
  for (const { species, photographs } of summary.breeds) {
    const before = summary.species[species] ?? { breeds: 0, photographs: 0 };
    summary.species[species] = {
      breeds: before.breeds + 1,
      photographs: before.photographs + photographs,
    };
  }
  return summary;
}

/** The summary as lines for people; every skipped file is named. */
export function formatDataSummary(summary: DataSummary): string[] {
  const { breeds, species, sides, formats, skipped, nearDuplicates, notes } = summary;
  const width = Math.max(...breeds.map(({ breed }) => breed.length));
  const formatRange = ({ min, median, max }: Range) => `${min} to ${max} pixels, median ${median}`;
  const counts = Object.entries(species).map(
    ([name, { breeds: kinds, photographs }]) => `${photographs} of ${kinds} ${name} breeds`,
  );
  return [
    ...breeds.map(
      (one) => `${one.breed.padEnd(width)}  ${one.species.padEnd(5)}  ${String(one.photographs).padStart(6)}`,
    ),
    '',
    `photographs   ${summary.photographs}: ${counts.join(', ')}`,
    `shorter side  ${formatRange(sides.shorter)}`,
    `longer side   ${formatRange(sides.longer)}`,
    `formats       ${Object.entries(formats)
      .map(([format, count]) => `${count} ${format}`)
      .join(', ')}`,
    ...notes.map((note) => `note: ${note}`),
    ...(nearDuplicates.length === 0 ? [] : ['', `near-duplicates, ${nearDuplicates.length} groups:`]),
    ...nearDuplicates.map((group) => `  ${group.join(', ')}`),
    ...(skipped.length === 0 ? [] : ['', `skipped, ${skipped.length} files:`]),
    ...skipped.map(({ path, reason }) => `  ${path}: ${reason}`),
  ];
}

function rangeOf(values: readonly number[]): Range {
  const ordered = [...values].sort((a, b) => a - b);
  const middle = (ordered.length - 1) / 2;
  const median = (ordered[Math.floor(middle)]! + ordered[Math.ceil(middle)]!) / 2;
  return { min: ordered[0]!, median, max: ordered.at(-1)! };
}
