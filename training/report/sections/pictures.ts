/**
 * @module training/report/sections/pictures
 * Wrong answers with their photographs.
 */
import { displayName, type Label } from '../../../core/manifest.ts';
import { formatPercent } from '../../summary.ts';
import { breakable, type Html, html } from '../html.ts';
import { type ReportInput, SHOWN } from '../input.ts';
import { type Mistake, mistakesOf } from '../mistakes.ts';
import { THUMBNAIL_SIDE, type Thumbnails } from '../thumbnails.ts';

const WORST = 12;

/** A list of wrong answers, each with its picture where pictures are shown. */
export async function pictureList(
  mistakes: readonly Mistake[],
  { labels, thumbnails }: { labels: readonly Label[]; thumbnails: Thumbnails },
): Promise<Html> {
  const items = await Promise.all(
    mistakes.map(async ({ picture, truth, predicted, score, truthScore, rank }) => {
      const [is, said] = [displayName(labels[truth]!.name), displayName(labels[predicted]!.name)];
      const source = await thumbnails.of(picture.path);
      const image = source
        ? html`<img src="${source}" width="${THUMBNAIL_SIDE}" height="${THUMBNAIL_SIDE}" alt="${is} that was called ${said}">`
        : '';
      return html`<li>${image}<strong>${is}</strong>, called ${said} at ${formatPercent(score)}; the right one is number ${rank} at ${formatPercent(truthScore)}.
<span class="soft">${breakable(picture.path)}</span></li>
`;
    }),
  );
  return html`<ul class="pictures">${items}</ul>`;
}

export async function worstSection(input: ReportInput, thumbnails: Thumbnails): Promise<Html> {
  const { facts, scored, evaluation } = input;
  const temperature = facts.temperature[SHOWN];
  const worst = mistakesOf(scored[SHOWN], { pictures: evaluation, temperature }).slice(0, WORST);
  const list =
    worst.length === 0
      ? html`<p>No answer was wrong.</p>`
      : html`<p>Wrong answers with the highest scores (${SHOWN}). Some of them may be labelled wrongly: look at these first.</p>
${await pictureList(worst, { labels: facts.labels, thumbnails })}`;
  return html`<section aria-labelledby="worst"><h2 id="worst">The worst mistakes</h2>
${list}</section>`;
}
