/**
 * @module training/report/words
 * Figures and tables as the report writes them.
 */
import type { Interval } from '../evaluate/intervals.ts';
import { formatPercent } from '../summary.ts';
import { type Html, html } from './html.ts';

/** `86.8 to 92.4 %`. */
export function formatInterval({ low, high }: Interval): string {
  return `${(100 * low).toFixed(1)} to ${(100 * high).toFixed(1)} %`;
}

/** `89.9 % (86.8 to 92.4 %)`. */
export function formatWithInterval(share: number, interval: Interval): string {
  return `${formatPercent(share)} (${formatInterval(interval)})`;
}

/** `1,813`. */
export function formatCount(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `3 photographs`, `1 photograph`, `2 classes`. */
export function countOf(n: number, one: string, many = `${one}s`): string {
  return `${formatCount(n)} ${n === 1 ? one : many}`;
}

type Cell = Html | string | number;

export interface Table {
  caption: Html | string;
  columns: { title: string; number?: boolean }[];
  /** Cells by row; the first one heads its row. */
  rows: Cell[][];
  /** Scrolls downwards too. */
  tall?: boolean;
}

/** A table with a caption and headers, in a frame of its own that scrolls where the page is narrow. */
export function table({ caption, columns, rows, tall = false }: Table): Html {
  const kind = (at: number) => (columns[at]!.number ? 'number' : 'text');
  const head = columns.map(({ title }, at) => html`<th scope="col" class="${kind(at)}">${title}</th>`);
  const body = rows.map((cells) => {
    const [first, ...others] = cells;
    const data = others.map((cell, at) => html`<td class="${kind(at + 1)}">${cell}</td>`);
    return html`<tr><th scope="row">${first}</th>${data}</tr>
`;
  });
  const name = columns[0]!.title;
  return html`<div class="scroll${tall ? ' tall' : ''}" role="region" tabindex="0" aria-label="Table: ${caption}, by ${name}">
<table><caption>${caption}</caption><thead><tr>${head}</tr></thead><tbody>
${body}</tbody></table></div>`;
}
