/**
 * @module functions/docs-page/page
 * The OpenAPI document as a page. It is made here, whole: no script, and nothing from elsewhere.
 */
import { escapeHtml } from '../../core/escape-html.ts';
import type { OpenApiDocument } from '../openapi/document.ts';
import { inline, markdown } from './html.ts';
import { describeOperation, nameOf, operationsOf } from './operation.ts';
import { propertiesOf, schemaId } from './schema.ts';
import { STYLE } from './style.ts';

/** The page; `nonce` allows its style under the policy, `origin` stands in the commands. */
export function docsPage(
  document: OpenApiDocument,
  { nonce, origin }: { nonce: string; origin: string },
): string {
  const { info, tags } = document;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(info.title)}: the API</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<header>
<h1>${escapeHtml(info.title)} <small>${escapeHtml(info.version)}</small></h1>
${markdown(info.description)}
<p><a href="openapi.json">The OpenAPI document</a>, for programs. <a href="app">A page to try it</a> with a photograph.</p>
</header>
<nav aria-label="Operations">
${tags.map(({ name }) => contentsOf(document, name)).join('\n')}
</nav>
<main>
${tags.map((tag) => sectionOf(document, tag, origin)).join('\n')}
<section aria-labelledby="schemas">
<h2 id="schemas">Types</h2>
${Object.entries(document.components.schemas).map(describeSchema).join('\n')}
</section>
</main>
</body>
</html>
`;
}

function contentsOf(document: OpenApiDocument, tag: string): string {
  const items = operationsOf(document, tag).map(
    (place) =>
      `<li><a href="#${place.operation.operationId}">${nameOf(place)}</a> ${inline(place.operation.summary)}</li>`,
  );
  return `<ul>${items.join('\n')}</ul>`;
}

function sectionOf(
  document: OpenApiDocument,
  { name, description }: OpenApiDocument['tags'][number],
  origin: string,
): string {
  const operations = operationsOf(document, name).map((place) => describeOperation(place, origin));
  return `<section aria-labelledby="tag-${name}">
<h2 id="tag-${name}">${escapeHtml(`${name[0]!.toUpperCase()}${name.slice(1)}`)}</h2>
<p>${inline(description)}</p>
${operations.join('\n')}
</section>`;
}

function describeSchema([name, schema]: [string, Record<string, unknown>]): string {
  const meaning = typeof schema.description === 'string' ? `<p>${inline(schema.description)}</p>` : '';
  return `<article id="${schemaId(name)}" aria-labelledby="${schemaId(name)}-name">
<h3 id="${schemaId(name)}-name">${escapeHtml(name)}</h3>
${meaning}${propertiesOf(schema)}
</article>`;
}
