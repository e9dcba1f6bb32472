/**
 * @module training/report/sections/learning
 * Curves of loss and accuracy, and what they say about overfitting.
 */

import { formatPercent } from '../../summary.ts';
import { type Fit, type History, judgeFit } from '../history.ts';
import { type Html, html } from '../html.ts';
import { OUT_OF_FOLD, type ReportInput } from '../input.ts';
import { PLOT_HEIGHT, PLOT_WIDTH, renderFigure, seriesScale } from '../plot.ts';
import { table } from '../words.ts';

const PARTS = ['training', 'validation'] as const;

export async function learningSection(input: ReportInput): Promise<Html> {
  const fit = judgeRun(input);
  const figures = [];
  for (const [at, history] of input.histories.entries())
    figures.push(...(await figuresOf(history, at, input)));
  return html`<section aria-labelledby="learning"><h2 id="learning">Learning</h2>
<p>${fit?.sentence ?? 'This run recorded no curves.'}${input.unseenName === OUT_OF_FOLD ? ' Out of fold means: each photograph by a head that had not seen it.' : ''}</p>
<div class="figures">${figures}</div>${input.histories.map(mixTable)}</section>`;
}

/** The shares of the tuned weights that were tried. */
export function mixTable({ mix }: History): Html {
  if (!mix) return html``;
  return table({
    caption: 'Fine-tuned weights in the result, by what the validation part says',
    columns: [
      { title: 'share' },
      { title: 'loss at its temperature', number: true },
      { title: 'top-1', number: true },
      { title: 'top-3', number: true },
    ],
    rows: mix.tried.map(({ share, calibratedLoss, top1, top3 }) => [
      share === mix.share ? `${share.toFixed(2)}, the result` : share.toFixed(2),
      calibratedLoss.toFixed(4),
      formatPercent(top1),
      formatPercent(top3),
    ]),
  });
}

/** What the last phase of the run says of overfitting; null where nothing was recorded. */
export function judgeRun({ histories, unseen, unseenName }: ReportInput): Fit | null {
  const history = histories.at(-1);
  const last = history?.points.at(-1);
  if (!history || !last) return null;
  const { n, top1 } = unseen.float32;
  const validation = { n, top1: last.validationTop1 ?? top1 };
  return judgeFit({ training: last.top1, validation, on: unseenName, history });
}

async function figuresOf(history: History, at: number, { unseen, unseenName }: ReportInput): Promise<Html[]> {
  const { points, unit, title } = history;
  const loss = points.flatMap(({ epoch, loss: training, validationLoss }) =>
    series(epoch, [training, validationLoss]),
  );
  const accuracy = points.flatMap(({ epoch, top1, validationTop1 }) => series(epoch, [top1, validationTop1]));
  const hasValidation = points.some(({ validationTop1 }) => validationTop1 !== undefined);
  const reference = hasValidation ? null : unseen.float32.top1;
  const lastOf = (values: typeof loss) =>
    PARTS.map((part) => values.filter((value) => value.part === part).at(-1))
      .filter((value) => value !== undefined)
      .map(({ part, value }) => `${part} ends at ${value.toFixed(3)}`)
      .join(', ');
  return [
    await renderFigure({
      id: `loss-${at}`,
      title: `Loss: ${title}`,
      description: `Loss by ${unit}: ${lastOf(loss)}.`,
      spec: lines(loss, {
        unit,
        y: { title: 'loss', scale: { zero: false } },
        parts: hasValidation ? PARTS : ['training'],
      }),
      caption: hasValidation ? '' : 'The training loss with its penalty, by which the head is fitted.',
    }),
    await renderFigure({
      id: `accuracy-${at}`,
      title: `Top-1: ${title}`,
      description: `Share of right answers by ${unit}: ${lastOf(accuracy)}.`,
      spec: lines(accuracy, {
        unit,
        y: { title: 'top-1', axis: { format: '.0%' }, scale: { zero: false } },
        reference,
      }),
      caption:
        reference === null
          ? ''
          : `The solid line is the share ${unseenName} at the end. The training part has its mirror images and crops too.`,
    }),
  ];
}

function series(epoch: number, values: (number | undefined)[]) {
  return values.flatMap((value, at) => (value === undefined ? [] : [{ epoch, value, part: PARTS[at]! }]));
}

function lines(
  values: object[],
  {
    unit,
    y,
    parts = PARTS,
    reference = null,
  }: { unit: string; y: object; parts?: readonly string[]; reference?: number | null },
): object {
  const { color, dash } = seriesScale(PARTS);
  const rule = {
    data: { values: reference === null ? [] : [{ value: reference }] },
    mark: { type: 'rule', strokeWidth: 2, color: 'var(--second)' },
    encoding: { y: { field: 'value', type: 'quantitative' } },
  };
  const place = {
    x: { field: 'epoch', type: 'quantitative', title: unit, axis: { tickMinStep: 1, grid: false } },
    y: { field: 'value', type: 'quantitative', ...y },
  };
  const legend = { symbolType: 'stroke', symbolStrokeWidth: 2, values: parts };
  const line = {
    data: { values },
    mark: { type: 'line', strokeWidth: 2 },
    encoding: {
      ...place,
      color: { field: 'part', scale: color, title: null, legend },
      strokeDash: { field: 'part', scale: dash, title: null },
    },
  };
  // Apart from the line, whose dashes they would take on.
  const points = {
    data: { values },
    mark: { type: 'point', filled: true, size: 20, opacity: 1 },
    encoding: { ...place, color: { field: 'part', scale: color, title: null, legend } },
  };
  return {
    width: PLOT_WIDTH,
    height: PLOT_HEIGHT,
    layer: reference === null ? [line, points] : [line, points, rule],
  };
}
