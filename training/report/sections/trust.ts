/**
 * @module training/report/sections/trust
 * Whether scores can be believed: reliability, coverage, and pictures of nothing known.
 */
import { PRECISIONS, type Precision } from '../../../core/manifest.ts';
import { formatPercent } from '../../summary.ts';
import { type Html, html } from '../html.ts';
import { type ReportInput, SHOWN } from '../input.ts';
import { PLOT_HEIGHT, PLOT_WIDTH, renderFigure, seriesScale } from '../plot.ts';

/** What the cosine to the class means can't do, for the report and the model card. */
export const UNKNOWN_LIMIT =
  'The threshold tells photographs of pets from pictures of anything else. It cannot tell a breed that was not trained: such a pet looks like the most similar known breed, and is called that.';

const WHEN = ['before', 'after'] as const;

export async function trustSection(input: ReportInput): Promise<Html> {
  const { facts, details } = input;
  const { metrics, temperature, unknown } = facts;
  const error = (precision: Precision) =>
    `${precision} ${formatPercent(metrics[precision].eceBefore)} before and ${formatPercent(metrics[precision].eceAfter)} after temperature ${temperature[precision].toFixed(3)}`;
  const confident = (precision: Precision) =>
    `${precision} ${formatPercent(details[precision].confident.share)} of the photographs, ${formatPercent(details[precision].confident.top1)} of these right`;
  const kept = (precision: Precision) =>
    `${precision} keeps ${formatPercent(details[precision].unknown.kept)} at ${unknown.threshold[precision].toFixed(3)}`;
  const figures = [
    ...(await Promise.all(PRECISIONS.map((precision) => reliabilityFigure(input, precision)))),
    await coverageFigure(input),
    await unknownFigure(input),
  ];
  return html`<section aria-labelledby="trust"><h2 id="trust">Can the scores be believed?</h2>
<p>Expected calibration error: ${error('float32')}; ${error('int8')}. Even a perfect model has an error above zero on ${metrics[SHOWN].n} photographs, by chance.</p>
<p>Confident answers: ${confident('float32')}; ${confident('int8')}. The others are called unknown, or ambiguous where the largest score is under ${unknown.ambiguousBelow.toFixed(3)}.</p>
<p>Unknown pictures: the threshold was set on training photographs so that 99 % of them are kept. Of the photographs held back, ${kept('float32')}; ${kept('int8')}. ${UNKNOWN_LIMIT}</p>
<div class="figures">${figures}</div></section>`;
}

function reliabilityFigure({ details, facts }: ReportInput, precision: Precision): Promise<Html> {
  const { reliability } = details[precision];
  const values = WHEN.flatMap((when) => reliability[when].map((bin) => ({ ...bin, when })));
  const { color } = seriesScale(WHEN);
  const axis = { format: '.0%', tickCount: 5 };
  const domain = [0, 1];
  const { eceBefore, eceAfter } = facts.metrics[precision];
  return renderFigure({
    id: `reliability-${precision}`,
    title: `Reliability, ${precision}`,
    description: `Share of right answers by score, in ${reliability.after.length} bins, before and after temperature. The error is ${formatPercent(eceBefore)} before and ${formatPercent(eceAfter)} after.`,
    caption: 'On the line, scores are what they claim. The larger the mark, the more answers.',
    spec: {
      width: PLOT_WIDTH,
      height: PLOT_WIDTH - 30,
      layer: [
        {
          data: {
            values: [
              { score: 0, accuracy: 0 },
              { score: 1, accuracy: 1 },
            ],
          },
          mark: { type: 'line', color: 'var(--line)', strokeDash: [4, 4] },
          encoding: {
            x: { field: 'score', type: 'quantitative' },
            y: { field: 'accuracy', type: 'quantitative' },
          },
        },
        {
          data: { values },
          mark: { type: 'point', filled: true, opacity: 0.85 },
          encoding: {
            x: { field: 'score', type: 'quantitative', title: 'mean score', axis, scale: { domain } },
            y: {
              field: 'accuracy',
              type: 'quantitative',
              title: 'share that is right',
              axis,
              scale: { domain },
            },
            size: { field: 'n', type: 'quantitative', legend: null, scale: { range: [25, 220] } },
            color: { field: 'when', scale: color, title: null, legend: { symbolType: 'circle' } },
            shape: {
              field: 'when',
              scale: { domain: [...WHEN], range: ['triangle-up', 'circle'] },
              title: null,
            },
          },
        },
      ],
    },
  });
}

function coverageFigure({ details }: ReportInput): Promise<Html> {
  const values = PRECISIONS.flatMap((precision) =>
    details[precision].coverage.map((point) => ({ ...point, precision })),
  );
  const half = details[SHOWN].coverage.find(({ coverage }) => coverage >= 0.5);
  const all = details[SHOWN].coverage.at(-1);
  return renderFigure({
    id: 'coverage',
    title: 'Coverage against accuracy',
    description:
      half && all
        ? `If only the most certain ${formatPercent(half.coverage)} are answered, ${formatPercent(half.accuracy)} of the answers are right; of all, ${formatPercent(all.accuracy)} (${SHOWN}).`
        : 'There is nothing to draw.',
    caption: 'How accurate the answers get when the least certain ones are left out.',
    spec: bothPrecisions(values, {
      x: { field: 'coverage', title: 'share that is answered', axis: { format: '.0%', grid: false } },
      y: {
        field: 'accuracy',
        title: 'share of these that is right',
        axis: { format: '.0%' },
        scale: { zero: false },
      },
    }),
  });
}

function unknownFigure({ details, facts }: ReportInput): Promise<Html> {
  const values = PRECISIONS.flatMap((precision) =>
    details[precision].unknown.curve.map((point) => ({ ...point, precision })),
  );
  const thresholds = PRECISIONS.map((precision) => ({
    threshold: facts.unknown.threshold[precision],
    precision,
  }));
  const { unknown } = details[SHOWN];
  return renderFigure({
    id: 'unknown',
    title: 'Pets kept by the threshold for unknown pictures',
    description: `Share of the pets held back whose cosine to the nearest class mean reaches a threshold. At ${unknown.threshold.toFixed(3)}, the one in use, ${formatPercent(unknown.kept)} are kept (${SHOWN}).`,
    caption: `The upright lines are the thresholds in use. ${UNKNOWN_LIMIT}`,
    spec: bothPrecisions(
      values,
      {
        x: {
          field: 'threshold',
          title: 'least cosine asked for',
          axis: { grid: false, tickCount: 5 },
          scale: { zero: false },
        },
        y: { field: 'kept', title: 'pets kept', axis: { format: '.0%' } },
      },
      [
        {
          data: { values: thresholds },
          mark: { type: 'rule', strokeWidth: 1.5 },
          encoding: {
            x: { field: 'threshold', type: 'quantitative' },
            color: { field: 'precision', scale: seriesScale(PRECISIONS).color, title: null },
          },
        },
      ],
    ),
  });
}

function bothPrecisions(values: object[], { x, y }: { x: object; y: object }, more: object[] = []): object {
  const { color, dash } = seriesScale(PRECISIONS);
  const line = {
    data: { values },
    mark: { type: 'line', strokeWidth: 2 },
    encoding: {
      x: { type: 'quantitative', ...x },
      y: { type: 'quantitative', ...y },
      color: { field: 'precision', scale: color, title: null },
      strokeDash: { field: 'precision', scale: dash, title: null },
    },
  };
  return { width: PLOT_WIDTH, height: PLOT_HEIGHT, layer: [line, ...more] };
}
