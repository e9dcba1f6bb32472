/**
 * @module training/summary
 * What a run prints of its results.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FILE, type Manifest, PRECISIONS, type Precision } from '../core/manifest.ts';
import type { Skipped } from './data/data-set.ts';
import type { HeadProgress } from './head/train-head.ts';
import { formatSeconds } from './reporter.ts';

/** Skipped files that are shown; the manifest lists all. */
const SHOWN = 10;

/** A table of the figures, the version and its folder, the time and the memory that the run took. */
export function formatSummary(
  { metrics, temperature, unknown, version, data }: Manifest,
  { folder, seconds, peakMegabytes }: { folder: string; seconds: number; peakMegabytes: number },
): string[] {
  const row = (title: string, cell: (precision: Precision) => string) =>
    [title.padEnd(24), ...PRECISIONS.map((precision) => cell(precision).padStart(10))].join('');
  return [
    '',
    row(`held back: ${metrics.float32.n}`, (precision) => precision),
    row('top-1', (precision) => formatPercent(metrics[precision].top1)),
    row('top-3', (precision) => formatPercent(metrics[precision].top3)),
    row('mean per class', (precision) => formatPercent(metrics[precision].meanPerClassRecall)),
    row('calibration error', (precision) => formatPercent(metrics[precision].eceAfter)),
    row('temperature', (precision) => temperature[precision].toFixed(3)),
    row('unknown below', (precision) => unknown.threshold[precision].toFixed(3)),
    row('ambiguous below', () => unknown.ambiguousBelow.toFixed(3)),
    '',
    ...(data.skipped.length > 0 ? [`skipped  ${data.skipped.length} files, listed in the manifest`] : []),
    `version  ${version}`,
    `folder   ${folder}`,
    `report   ${join(folder, FILE.report)}`,
    `time     ${formatSeconds(seconds)}, peak memory ${Math.round(peakMegabytes)} MB`,
  ];
}

export function formatHeadProgress(
  name: string,
  { step, loss, top1, top3 }: HeadProgress,
  seconds: number,
): string {
  return `${name}: step ${step}, loss ${loss.toFixed(4)}, top-1 ${formatPercent(top1)}, top-3 ${formatPercent(top3)}, ${formatSeconds(seconds)}`;
}

export function formatSkipped(skipped: readonly Skipped[]): string[] {
  if (skipped.length === 0) return [];
  const lines = skipped.slice(0, SHOWN).map(({ path, reason }) => `  ${path}: ${reason}`);
  const rest = skipped.length - lines.length;
  return [
    `skipped ${skipped.length} files:`,
    ...lines,
    ...(rest > 0 ? [`  and ${rest} more, all in the manifest`] : []),
  ];
}

export function formatPercent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/**
 * The most memory that this process has held so far, in MB. On Linux by the high-water mark of its own memory: what
 * getrusage says begins with the size of the process that started this one, and outlives exec.
 */
export function peakMegabytes(): number {
  return Math.round((highWaterMark() ?? process.resourceUsage().maxRSS) / 1024);
}

/** VmHWM in KiB; undefined where there is no /proc. */
function highWaterMark(): number | undefined {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) || undefined;
  } catch {
    return undefined;
  }
}
