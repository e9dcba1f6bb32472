/**
 * @module training/report/sections/figures
 * The figures of both precisions beside each other.
 */
import { PRECISIONS, type Precision } from '../../../core/manifest.ts';
import type { Details } from '../../evaluate/details.ts';
import type { Interval } from '../../evaluate/intervals.ts';
import { formatPercent } from '../../summary.ts';
import { type Html, html } from '../html.ts';
import { type ReportInput, SHOWN } from '../input.ts';
import { formatInterval, table } from '../words.ts';

export interface Figure {
  title: string;
  share: number;
  interval: Interval;
}

/** The figures of a precision that have an interval, in the order in which they are shown. */
export function figuresOf({ facts, details }: ReportInput, precision: Precision): Figure[] {
  const metrics = facts.metrics[precision];
  const { intervals, species, costs }: Details = details[precision];
  return [
    { title: 'top-1', share: metrics.top1, interval: intervals.top1 },
    { title: 'top-3', share: metrics.top3, interval: intervals.top3 },
    { title: 'mean per class', share: metrics.meanPerClassRecall, interval: intervals.meanPerClass },
    ...(species ? [{ title: 'cat or dog', share: species.accuracy, interval: species.interval }] : []),
    { title: 'cost-weighted', share: costs.score, interval: costs.interval },
  ];
}

/** The main figures in large type. */
export function keyFigures(input: ReportInput): Html {
  const items = figuresOf(input, SHOWN).map(
    ({ title, share, interval }) =>
      html`<div><dt>${title}, ${SHOWN}</dt><dd>${formatPercent(share)}<small>${formatInterval(interval)}</small></dd></div>`,
  );
  return html`<dl class="facts">${items}</dl>`;
}

const withInterval = ({ share, interval }: Figure) =>
  html`${formatPercent(share)} <span class="interval">(${formatInterval(interval)})</span>`;

export function figuresSection(input: ReportInput): Html {
  const { facts, details, unseen, unseenName } = input;
  const both = PRECISIONS.map((precision) => figuresOf(input, precision));
  const withIntervals = both[0]!.map(({ title }, at) => [
    title,
    ...both.map((figures) => withInterval(figures[at]!)),
  ]);
  const each = (title: string, cell: (precision: Precision) => string) => [title, ...PRECISIONS.map(cell)];
  const bySpecies = facts.metrics[SHOWN].bySpecies.map(({ species, n }, at) =>
    each(`top-1 of ${species === 'other' ? 'other animals' : `${species}s`} (n = ${n})`, (precision) =>
      formatPercent(facts.metrics[precision].bySpecies[at]?.accuracy ?? 0),
    ),
  );
  const rows = [
    ...withIntervals,
    ...bySpecies,
    each('calibration error', (precision) => formatPercent(facts.metrics[precision].eceAfter)),
    each('temperature', (precision) => facts.temperature[precision].toFixed(3)),
    each('confident answers', (precision) => formatPercent(details[precision].confident.share)),
    each('top-1 of confident answers', (precision) => formatPercent(details[precision].confident.top1)),
    each(`top-1 ${unseenName} (n = ${unseen.float32.n})`, (precision) =>
      formatPercent(unseen[precision].top1),
    ),
  ];
  return html`<section aria-labelledby="figures"><h2 id="figures">Figures</h2>
<p>Measured on ${facts.metrics[SHOWN].n} photographs held back, by the very files that serve. Both say the same breed of ${formatPercent(input.agreement)} of them.</p>
${table({
  caption: 'Figures of both precisions, with 95 % intervals',
  columns: [{ title: 'figure' }, ...PRECISIONS.map((title) => ({ title, number: true }))],
  rows,
})}
<p class="soft">Intervals: Wilson's for shares; for the mean per class the Wilson intervals of the classes, added in squares; for the cost-weighted score the bootstrap over photographs.</p>
</section>`;
}
