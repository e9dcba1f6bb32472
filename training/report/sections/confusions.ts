/**
 * @module training/report/sections/confusions
 * Which breeds are taken for which: the matrix, the pairs with examples, and what the confusions cost.
 */
import { displayName } from '../../../core/manifest.ts';
import { COSTS, type Confusion } from '../../evaluate/costs.ts';
import { formatPercent } from '../../summary.ts';
import { type Html, html } from '../html.ts';
import { type ReportInput, SHOWN } from '../input.ts';
import { confusedPairs, type Mistake, mistakesOf } from '../mistakes.ts';
import { renderFigure } from '../plot.ts';
import type { Thumbnails } from '../thumbnails.ts';
import { countOf, formatWithInterval, table } from '../words.ts';
import { pictureList } from './pictures.ts';

const MOST_PAIRS = 8;
const EXAMPLES = 6;
/** Breeds that a matrix can show: more are no longer legible, and their pairs say it better. */
const MOST_CELLS = 80;
const CELL = 17;

const KINDS: Record<Confusion, string> = {
  right: 'right',
  sameGroup: 'a breed of the same group',
  sameSpecies: 'another breed of the same species',
  otherSpecies: 'cat for dog, or dog for cat',
};

export async function confusionsSection(input: ReportInput, thumbnails: Thumbnails): Promise<Html> {
  const { facts, scored, evaluation } = input;
  const temperature = facts.temperature[SHOWN];
  const mistakes = mistakesOf(scored[SHOWN], { pictures: evaluation, temperature });
  return html`<section aria-labelledby="confusions"><h2 id="confusions">Confusions</h2>
<p>${countOf(mistakes.length, 'wrong answer')} of ${evaluation.length} (${SHOWN}).</p>
${costs(input)}
${await matrix(input)}
${await pairs(input, { mistakes, thumbnails })}
</section>`;
}

function costs({ details }: ReportInput): Html {
  const rows = (Object.keys(COSTS) as Confusion[]).map((kind) => [
    KINDS[kind],
    COSTS[kind],
    details.float32.costs.counts[kind],
    details.int8.costs.counts[kind],
  ]);
  const score = ({ costs: { score, interval } }: ReportInput['details'][typeof SHOWN]) =>
    formatWithInterval(score, interval);
  return html`<h3>What the confusions cost</h3>
<p>A British Shorthair for a Russian Blue is a mild confusion, a Siamese for a Persian or a cat for a dog a grave one. The
cost-weighted score is 1 less the mean cost: float32 ${score(details.float32)}, int8 ${score(details.int8)}; 95 % intervals by the bootstrap.
The groups are a table of this program's; of a breed that it lacks only the species counts.</p>
${table({
  caption: 'Answers by how grave they are',
  columns: [
    { title: 'answer' },
    { title: 'cost', number: true },
    { title: 'float32', number: true },
    { title: 'int8', number: true },
  ],
  rows,
})}`;
}

async function matrix({ facts, details }: ReportInput): Promise<Html> {
  const { labels } = facts;
  const counts = details[SHOWN].confusion;
  const confused = new Set(
    counts.flatMap(({ truth, predicted }) => (truth === predicted ? [] : [truth, predicted])),
  );
  const fits = labels.length <= MOST_CELLS;
  const shown = labels
    .map((_, at) => at)
    .filter((at) => fits || confused.has(at))
    .slice(0, MOST_CELLS);
  if (shown.length === 0) return html`<p>Nothing was confused, so there is no matrix to show.</p>`;
  const name = (at: number) => displayName(labels[at]!.name);
  const values = counts
    .filter(({ truth, predicted }) => shown.includes(truth) && shown.includes(predicted))
    .map(({ truth, predicted, count }) => ({
      truth: name(truth),
      predicted: name(predicted),
      count,
      share: count / details[SHOWN].byClass[truth]!.n,
      isRight: truth === predicted,
    }));
  const order = shown.map(name);
  const scale = { domain: order, padding: 0 };
  // Lines between the cells, not through their middles.
  const axis = { labelLimit: 0, ticks: false, domain: false, grid: true, tickBand: 'extent' };
  const x = {
    field: 'predicted',
    type: 'nominal',
    title: 'said',
    sort: order,
    scale,
    axis: { ...axis, labelAngle: -90, orient: 'top' },
  };
  const y = { field: 'truth', type: 'nominal', title: 'truth', sort: order, scale, axis };
  const wrong = values.filter(({ isRight }) => !isRight).length;
  return renderFigure({
    id: 'matrix',
    title: `Confusion matrix (${SHOWN})`,
    description: `Rows are the true breeds, columns the breeds that were said; ${wrong} cells beside the diagonal have answers. The pairs below say which.`,
    wide: true,
    caption: `A cell has the number of photographs; the stronger its colour, the larger their share of the row. Blue is right, orange is wrong.${fits ? '' : ` Of ${labels.length} breeds, those that were confused.`}`,
    spec: {
      width: { step: CELL },
      height: { step: CELL },
      data: { values },
      layer: [
        {
          mark: { type: 'rect' },
          encoding: {
            x,
            y,
            color: {
              field: 'isRight',
              type: 'nominal',
              legend: null,
              scale: { domain: [true, false], range: ['var(--right)', 'var(--wrong)'] },
            },
            // At most one half: the number on it keeps a contrast of 4.5, in the light and in the dark.
            opacity: {
              field: 'share',
              type: 'quantitative',
              legend: null,
              scale: { domain: [0, 1], range: [0.1, 0.5] },
            },
          },
        },
        {
          mark: { type: 'text', fontSize: 10 },
          encoding: {
            x,
            y,
            text: { field: 'count' },
            color: { value: 'currentColor' },
          },
        },
      ],
    },
  });
}

async function pairs(
  { facts }: ReportInput,
  { mistakes, thumbnails }: { mistakes: readonly Mistake[]; thumbnails: Thumbnails },
): Promise<Html> {
  const all = confusedPairs(mistakes);
  const name = (at: number) => displayName(facts.labels[at]!.name);
  if (all.length === 0) return html`<p>No two breeds were confused.</p>`;
  const shown = all.slice(0, MOST_PAIRS);
  const share = shown.reduce((sum, pair) => sum + pair.mistakes.length, 0) / mistakes.length;
  const lists = [];
  for (const { first, second, firstAsSecond, secondAsFirst, mistakes: own } of shown) {
    const examples = own.slice(0, EXAMPLES);
    lists.push(html`<div class="pair"><h3>${name(first)} and ${name(second)}: ${own.length}</h3>
<p class="soft">${name(first)} called ${name(second)}: ${firstAsSecond}; ${name(second)} called ${name(first)}: ${secondAsFirst}${
      examples.length < own.length ? `; the ${EXAMPLES} most certain ones are shown` : ''
    }</p>
${await pictureList(examples, { labels: facts.labels, thumbnails })}</div>`);
  }
  return html`<h3>The most confused pairs</h3>
<p>${shown.length === all.length ? `There are ${countOf(all.length, 'confused pair')}.` : `The first ${shown.length} of ${all.length} pairs have ${formatPercent(share)} of all wrong answers.`}</p>
${lists}`;
}
