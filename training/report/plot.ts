/**
 * @module training/report/plot
 * A Vega-Lite specification as a static, accessible SVG that follows the colours of the page.
 */

import type { TopLevelSpec } from 'vega-lite';
import { escapeHtml } from '../../core/escape-html.ts';
import { type Html, html, trusted } from './html.ts';

/** What all plots share. Colours are names of the page's, so that one SVG serves in the light and in the dark. */
const CONFIG = {
  // The figure as a whole has a title and a description; a screen reader needs no second tree of 1,369 cells.
  aria: false,
  background: 'transparent',
  font: 'system-ui, sans-serif',
  view: { stroke: null },
  axis: {
    labelColor: 'currentColor',
    titleColor: 'currentColor',
    domainColor: 'var(--line)',
    tickColor: 'var(--line)',
    gridColor: 'var(--grid)',
    labelFontSize: 11,
    titleFontSize: 11,
    titleFontWeight: 'normal',
  },
  legend: {
    labelColor: 'currentColor',
    titleColor: 'currentColor',
    labelFontSize: 11,
    orient: 'bottom',
    labelLimit: 0,
  },
} as const;

/** The width of a plot within its axes, by which its text keeps its size on a page of 360 pixels. */
export const PLOT_WIDTH = 250;
export const PLOT_HEIGHT = 190;

/** A plot grows with its column, but its text shouldn't be larger than that around it. */
const LARGEST_SCALE = 1.35;

/** The two series of a plot and how they are told apart without colour. */
export const seriesScale = (names: readonly [string, string]) => ({
  color: { domain: [...names], range: ['var(--first)', 'var(--second)'] },
  dash: {
    domain: [...names],
    range: [
      [5, 3],
      [1, 0],
    ],
  },
});

export interface Figure {
  /** Unique on the page; letters and dashes. */
  id: string;
  title: string;
  /** What is to be seen, in words, for people who don't see it. */
  description: string;
  spec: object;
  /** Below the plot, where it needs more than its title. */
  caption?: Html | string;
  /** A plot that is too wide for a telephone scrolls in its own frame. */
  wide?: boolean;
}

/** The figure with its plot, rendered without a browser. */
export async function renderFigure(figure: Figure): Promise<Html> {
  const { id, title, caption, wide } = figure;
  const svg = trusted(await renderSvg(figure));
  const plot = wide
    ? html`<div class="scroll" role="region" tabindex="0" aria-label="${title}">${svg}</div>`
    : svg;
  return html`<figure id="${id}"${wide ? trusted(' class="wide"') : ''}><h3>${title}</h3>${plot}${
    caption ? html`<figcaption>${caption}</figcaption>` : ''
  }</figure>`;
}

/**
 * Pixels of a text, without a canvas to measure it on. Vega's own guess, .8 of the size for each letter, leaves
 * wide margins; these are the widths of common sans-serif faces.
 */
function estimateWidth(item: { fontSize?: number }, text: unknown): number {
  const widths = Array.from(String(text ?? ''), (letter) => {
    if (/[%mwMW]/.test(letter)) return 0.95;
    if (/[ijltfr.,:' ]/.test(letter)) return 0.36;
    return /[A-Z0-9]/.test(letter) ? 0.66 : 0.6;
  });
  return (item.fontSize ?? 11) * widths.reduce((a, b) => a + b, 0);
}

async function renderSvg({ id, title, description, spec, wide }: Figure): Promise<string> {
  // ESM only, and large: loaded when a report is made.
  const [vega, vegaLite] = await Promise.all([import('vega'), import('vega-lite')]);
  // Exported for this purpose, and missing in its types.
  (vega as unknown as { textMetrics: { width: typeof estimateWidth } }).textMetrics.width = estimateWidth;
  const { spec: compiled } = vegaLite.compile({ ...spec, config: CONFIG } as TopLevelSpec);
  const view = new vega.View(vega.parse(compiled), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  const size = /width="([\d.]+)"/.exec(svg)?.[1] ?? String(PLOT_WIDTH);
  const limit = wide ? '' : ` style="max-width:${Math.round(LARGEST_SCALE * Number(size))}px"`;
  return (
    svg
      // The image is one thing to a screen reader; Vega marks up its groups all the same.
      .replace(/ (?:role|aria-[a-z]+|pointer-events)="[^"]*"/g, '')
      // Several plots on one page: what they refer to by id mustn't be another's.
      .replace(/(id="|url\(#)(clip|gradient)/g, `$1${id}-$2`)
      .replace(
        /<svg [^>]*?(viewBox="[^"]*")[^>]*>/,
        `<svg xmlns="http://www.w3.org/2000/svg" $1 width="${size}"${limit} role="img" aria-labelledby="${id}-title ${id}-description"><title id="${id}-title">${escapeHtml(title)}</title><desc id="${id}-description">${escapeHtml(description)}</desc>`,
      )
  );
}
