/**
 * @module functions/docs-page/html
 * Text into HTML.
 */
import { escapeHtml } from '../../core/escape-html.ts';

/** The little of CommonMark that the document's descriptions use: paragraphs, and code between backticks. */
export function markdown(text: string): string {
  return text
    .split(/\n{2,}/)
    .map((paragraph) => `<p>${inline(paragraph)}</p>`)
    .join('\n');
}

/** One line of it. */
export function inline(text: string): string {
  return escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>');
}
