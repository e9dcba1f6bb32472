/**
 * @module training/report/page
 * `report.html`: one file that opens without a network and runs no script.
 */
import { formatPercent } from '../summary.ts';
import { type Html, html, trusted } from './html.ts';
import { type ReportInput, SHOWN } from './input.ts';
import { classesSection } from './sections/classes.ts';
import { confusionsSection } from './sections/confusions.ts';
import { dataSection, settingsSection } from './sections/data.ts';
import { figuresSection, keyFigures } from './sections/figures.ts';
import { learningSection } from './sections/learning.ts';
import { worstSection } from './sections/pictures.ts';
import { trustSection } from './sections/trust.ts';
import { STYLE } from './style.ts';
import { openThumbnails } from './thumbnails.ts';
import { formatCount } from './words.ts';

const CONTENTS = [
  ['figures', 'Figures'],
  ['learning', 'Learning'],
  ['classes', 'By breed'],
  ['confusions', 'Confusions'],
  ['worst', 'Worst mistakes'],
  ['trust', 'Scores'],
  ['data', 'Data'],
  ['settings', 'Settings'],
] as const;

/** Nothing may be fetched or run, whatever a file name managed to put in. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'";

/** The whole page, as UTF-8 text. */
export async function renderReport(input: ReportInput): Promise<string> {
  const { facts, root, showPictures } = input;
  const background = facts.input.resize.background;
  const thumbnails = openThumbnails({ root, show: showPictures, background });
  const title = `${facts.base.name}, ${facts.labels.length} breeds`;
  const sections: Html[] = [
    figuresSection(input),
    await learningSection(input),
    await classesSection(input),
    await confusionsSection(input, thumbnails),
    await worstSection(input, thumbnails),
    await trustSection(input),
    dataSection(input),
    settingsSection(input),
  ];
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>Training report: ${title}</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
<header>
<h1>Training report: ${title}</h1>
<p class="summary">${summary(input)}</p>
${keyFigures(input)}
</header>
<nav aria-label="Contents"><ul>${CONTENTS.map(([id, name]) => html`<li><a href="#${id}">${name}</a></li>`)}</ul></nav>
<main>
${sections}
</main>
<footer><p>Made by ${facts.code.package} ${facts.code.version} on ${formatDate(input.createdAt)}. The version's name is that of its folder.</p></footer>
</body>
</html>
`;
  // A figure and its unit stay on one line.
  return page.text.replace(/(\d) %/g, '$1\u00a0%');
}

/** One sentence or two that say how good the model is. */
export function summary({ facts, details }: ReportInput): string {
  const { n, top1, top3 } = facts.metrics[SHOWN];
  const right = Math.round(top1 * n);
  const { intervals, species } = details[SHOWN];
  const trained = facts.data.counts.reduce((sum, { training }) => sum + training, 0);
  const animal = species ? `, and cat or dog on ${formatPercent(species.accuracy)}` : '';
  const [low, high] = [intervals.top1.low, intervals.top1.high].map(formatPercent);
  return `Right on ${formatCount(right)} of ${formatCount(n)} photographs held back (${formatPercent(top1)}, 95 % interval ${low} to ${high}, ${SHOWN}); the right breed is among the first three on ${formatPercent(top3)}${animal}. Trained on ${formatCount(trained)} photographs of ${facts.labels.length} breeds.`;
}

/** `2026-11-25 08:15 UTC`. */
function formatDate(date: Date): string {
  return `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
