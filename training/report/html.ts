/**
 * @module training/report/html
 * HTML from templates in which all that is put in is escaped: names of files and folders are anybody's text.
 */
import { escapeHtml } from '../../core/escape-html.ts';

/** Markup that is put in as it is. Only {@link html} and {@link trusted} make it. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }
}

type Part = Html | string | number | null | undefined | false | readonly Part[];

/** A template of HTML: `html\`<p>${name}</p>\``. Lists are joined; null, undefined and false leave nothing. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(strings.map((text, at) => text + (at < parts.length ? render(parts[at]) : '')).join(''));
}

/** Markup that this program made itself, an SVG of Vega's for one. */
export function trusted(markup: string): Html {
  return new Html(markup);
}

/** A path that may go on to the next line after each `/` and `_`. */
export function breakable(path: string): Html {
  return html`${path.split(/(?<=[/_])/).map((part) => html`${part}<wbr>`)}`;
}

function render(part: Part): string {
  if (part === null || part === undefined || part === false) return '';
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return part.map(render).join('');
  return escapeHtml(String(part));
}
