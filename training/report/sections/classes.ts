/**
 * @module training/report/sections/classes
 * Each breed by itself.
 */
import { displayName } from '../../../core/manifest.ts';
import { groupOf } from '../../evaluate/breed-groups.ts';
import { formatPercent } from '../../summary.ts';
import { type Html, html } from '../html.ts';
import { type ReportInput, SHOWN } from '../input.ts';
import { PLOT_WIDTH, renderFigure } from '../plot.ts';
import { formatInterval, table } from '../words.ts';

/** Pixels of a row; names of 11 pixels stay apart. */
const ROW = 17;

export async function classesSection(input: ReportInput): Promise<Html> {
  const { facts, details } = input;
  const { labels, metrics } = facts;
  const rows = labels.map((label, at) => {
    const { n, interval } = details[SHOWN].byClass[at]!;
    const counts = facts.data.counts[at];
    const share = (value: number) => (n === 0 ? '' : formatPercent(value));
    return [
      displayName(label.name),
      groupOf(label.name) ?? label.species,
      counts?.training ?? '',
      n,
      share(metrics.float32.byClass[at]?.top1 ?? 0),
      share(metrics.int8.byClass[at]?.top1 ?? 0),
      n === 0 ? '' : formatInterval(interval),
      share(metrics[SHOWN].byClass[at]?.top3 ?? 0),
    ];
  });
  const columns = [
    { title: 'breed' },
    { title: 'group' },
    { title: 'trained on', number: true },
    { title: 'held back', number: true },
    { title: 'top-1 float32', number: true },
    { title: 'top-1 int8', number: true },
    { title: `interval, ${SHOWN}`, number: true },
    { title: `top-3 ${SHOWN}`, number: true },
  ];
  return html`<section aria-labelledby="classes"><h2 id="classes">By breed</h2>
<p>A breed with few photographs held back has a wide interval: its share alone says little.</p>
${await renderFigure({
  id: 'by-class',
  title: `Top-1 of each breed with its 95 % interval (${SHOWN})`,
  description: describe(input),
  spec: plot(input),
})}
${table({ caption: 'Share of right answers of each breed, with 95 % intervals by Wilson', columns, rows })}
</section>`;
}

function describe({ details }: ReportInput): string {
  const present = details[SHOWN].byClass.filter(({ n }) => n > 0);
  if (present.length === 0) return 'No breed has photographs held back.';
  const sorted = [...present].sort((a, b) => a.right / a.n - b.right / b.n);
  const [worst, best] = [sorted[0]!, sorted.at(-1)!];
  const say = ({ label, right, n }: typeof worst) => `${displayName(label)} (${right} of ${n})`;
  return `From ${say(worst)} to ${say(best)}. The table below has every figure.`;
}

function plot({ details }: ReportInput): object {
  const values = details[SHOWN].byClass
    .filter(({ n }) => n > 0)
    .map(({ label, n, right, interval }) => ({ breed: displayName(label), share: right / n, ...interval }));
  const y = {
    field: 'breed',
    type: 'nominal',
    title: null,
    sort: { field: 'share', order: 'ascending' },
    axis: { labelLimit: 0, ticks: false, domain: false },
  };
  const x = {
    type: 'quantitative',
    title: 'top-1',
    scale: { domain: [0, 1] },
    axis: { format: '.0%', values: [0, 0.25, 0.5, 0.75, 1] },
  };
  return {
    width: PLOT_WIDTH - 80,
    height: { step: ROW },
    data: { values },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 2, color: 'var(--line)' },
        encoding: { y, x: { field: 'low', ...x }, x2: { field: 'high' } },
      },
      {
        mark: { type: 'point', filled: true, size: 45, opacity: 1, color: 'var(--first)' },
        encoding: { y, x: { field: 'share', ...x } },
      },
    ],
  };
}
