/**
 * @module training/models/format
 * The figures of an evaluation as a table, and the answers as CSV.
 */
import type { Label, Manifest, Precision } from '../../core/manifest.ts';
import { formatPercent } from '../summary.ts';
import type { PictureAnswer } from './ask-model.ts';
import type { Figures } from './figures.ts';
import type { BreedMatch } from './match-breeds.ts';

/** Skipped files that are shown. */
const SHOWN = 10;

/** The figures beside those that the version has of itself, by the pictures that it held back. */
export function formatFigures(figures: Figures, { metrics }: Manifest, precision: Precision): string[] {
  const own = metrics[precision];
  const row = (title: string, here: string, itself = '') =>
    `${title.padEnd(24)}${here.padStart(10)}${itself.padStart(14)}`.trimEnd();
  const standardError = Math.sqrt((figures.top1 * (1 - figures.top1)) / Math.max(1, figures.n));
  return [
    '',
    row('', 'here', 'its manifest'),
    row('photographs', String(figures.n), String(own.n)),
    row('top-1', formatPercent(figures.top1), formatPercent(own.top1)),
    row('  one standard error', formatPercent(standardError)),
    row('top-3', formatPercent(figures.top3), formatPercent(own.top3)),
    row('mean per class', formatPercent(figures.meanPerClass), formatPercent(own.meanPerClassRecall)),
    row('species', formatPercent(figures.species)),
    row('calibration error', formatPercent(figures.ece), formatPercent(own.eceAfter)),
    row('confident', formatPercent(figures.confidentShare)),
    row('top-1 where confident', formatPercent(figures.confidentTop1)),
  ];
}

/** What was left out, and why. */
export function formatLeftOut(
  skipped: readonly { path: string; reason: string }[],
  unknown: BreedMatch['unknown'],
): string[] {
  const breeds = unknown.map(({ name, nearest }) =>
    nearest === null
      ? `  ${name}: the model doesn't know this breed`
      : `  ${name}: the model doesn't know this breed by that name, but ${nearest}: rename the folder if that is meant`,
  );
  const files = skipped.slice(0, SHOWN).map(({ path, reason }) => `  ${path}: ${reason}`);
  const more = skipped.length - files.length;
  return [
    ...(breeds.length > 0
      ? [`left out ${breeds.length} ${breeds.length === 1 ? 'breed' : 'breeds'}:`, ...breeds]
      : []),
    ...(files.length > 0 ? [`skipped ${skipped.length} files:`, ...files] : []),
    ...(more > 0 ? [`  and ${more} more`] : []),
  ];
}

/** A row for each picture, by RFC 4180. */
export function formatCsv(answers: readonly PictureAnswer[], labels: readonly Label[]): string {
  const header = ['path', 'sha256', 'label', 'predicted', 'rank', 'score', 'confident', 'reason'];
  const rows = answers.map(({ path, sha256, label, predicted, rank, score, reason }) => [
    path,
    sha256,
    labels[label]!.name,
    labels[predicted]!.name,
    String(rank),
    score.toFixed(6),
    String(reason === null),
    reason ?? '',
  ]);
  const quoted = (cell: string) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return [header, ...rows].map((cells) => `${cells.map(quoted).join(',')}\r\n`).join('');
}
