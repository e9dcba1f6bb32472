/**
 * @module scripts/classify/page
 * Rows as a page: each picture with its breeds and scores. One file without anything from elsewhere, so that it can be
 * mailed, printed and kept.
 */

import { createHash } from 'node:crypto';
import type { PictureAnswer } from '../../clients/typescript/index.ts';
import { dayOfDate } from '../../core/day.ts';
import { escapeHtml } from '../../core/escape-html.ts';
import { percentOf } from '../models/table.ts';
import { PAGE_STYLE } from './page-style.ts';
import { type Row, remarkOn } from './row.ts';

/** What is shown for it, and nothing else: no script runs, whatever a file is called. */
const POLICY = [
  "default-src 'none'",
  'img-src data:',
  `style-src 'sha256-${createHash('sha256').update(PAGE_STYLE).digest('base64')}'`,
].join('; ');

/** The whole document. */
export function formatPage(rows: readonly Row[], { at = new Date() }: { at?: Date } = {}): string {
  const title = `Breeds of ${rows.length} ${rows.length === 1 ? 'photograph' : 'photographs'}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p>${escapeHtml(summaryOf(rows, at))}</p>
<ul>
${rows.map(cardOf).join('\n')}
</ul>
</main>
</body>
</html>
`;
}

function summaryOf(rows: readonly Row[], at: Date): string {
  const answers = rows.flatMap(({ result }) => ('answer' in result ? [result] : []));
  const unsure = answers.filter(({ answer }) => !answer.confident).length;
  const versions = [...new Set(answers.map(({ version }) => version))].join(', ');
  const counts = `${answers.length} answered (${unsure} unsure), ${rows.length - answers.length} failed`;
  const by = versions === '' ? '' : ` by model ${versions}`;
  return `${dayOfDate(at)}${by}: ${counts}.`;
}

function cardOf(row: Row): string {
  const { name, result, thumbnail } = row;
  const remark = remarkOn(row);
  const isFault = 'fault' in result;
  const picture =
    thumbnail === undefined
      ? '<span>no preview</span>'
      : `<img src="data:image/jpeg;base64,${thumbnail.toString('base64')}" alt="${escapeHtml(altOf(row))}">`;
  return `<li class="pet"><div class="picture">${picture}</div><div class="words">
<h2>${isFault ? 'No answer' : headingOf(result.answer)}</h2>
${isFault ? '' : scoresOf(result.answer.predictions)}
${remark === '' ? '' : `<p class="remark ${isFault ? 'failed' : 'unsure'}">${escapeHtml(remark)}</p>`}
<p class="file">${escapeHtml(name)}</p>
</div></li>`;
}

function headingOf({ predictions, confident }: PictureAnswer): string {
  return escapeHtml(`${predictions[0]?.name ?? 'Unknown'}${confident ? '' : '?'}`);
}

function scoresOf(predictions: readonly { name: string; score: number }[]): string {
  const lines = predictions.map(({ name, score }) => {
    const share = percentOf(score);
    return `<dt>${escapeHtml(name)}</dt><dd>${share}</dd><dd class="bar"><meter value="${score.toFixed(4)}" aria-label="${escapeHtml(`${name} ${share}`)}"></meter></dd>`;
  });
  return `<dl>${lines.join('')}</dl>`;
}

function altOf({ name, result }: Row): string {
  return 'fault' in result ? name : `${result.answer.predictions[0]?.name ?? 'A pet'}: ${name}`;
}
