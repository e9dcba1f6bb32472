/**
 * @module scripts/feedback/sheet
 * A page to review feedback by: each picture with what was said of it, and the commands that decide. It holds the pictures
 * itself and asks nothing of the network.
 */
import { escapeHtml } from '../../core/escape-html.ts';
import type { FeedbackRecord } from '../../core/feedback/record.ts';
import { nameOfState } from './command-line.ts';

export interface SheetEntry {
  record: FeedbackRecord;
  jpeg: Buffer;
}

const STYLE = `
body { font: 16px/1.4 system-ui, sans-serif; margin: 2rem; background: Canvas; color: CanvasText; color-scheme: light dark }
ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(18rem, 1fr)); gap: 1.5rem; padding: 0; list-style: none }
img { width: 100%; aspect-ratio: 1; object-fit: contain; background: #8883 }
h2 { font-size: 1.1rem; margin: .5rem 0 }
p { margin: .25rem 0 }
code { overflow-wrap: anywhere; font-size: .8rem }`;

/** The page, whole. */
export function renderSheet(entries: readonly SheetEntry[]): string {
  const items = entries.map(renderEntry).join('\n');
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="content-security-policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>Feedback to review</title>
<style>${STYLE}</style>
<h1>${entries.length} pictures of feedback</h1>
<p>These are photographs of people's pets. Delete this file when you are done.</p>
<ul>
${items}
</ul>
</html>
`;
}

function renderEntry({ record: { id, label, at, version, state }, jpeg }: SheetEntry): string {
  return `<li>
<img src="data:image/jpeg;base64,${jpeg.toString('base64')}" alt="said to be ${escapeHtml(label)}">
<h2>${escapeHtml(label)}</h2>
<p>${escapeHtml(at)}, ${version === null ? 'no version named' : escapeHtml(version)}, ${nameOfState(state)}</p>
<p><code>npm run feedback -- accept ${id}</code></p>
<p><code>npm run feedback -- reject ${id}</code></p>
</li>`;
}
