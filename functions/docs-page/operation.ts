/**
 * @module functions/docs-page/operation
 * One operation of the document as a part of the page.
 */
import { escapeHtml } from '../../core/escape-html.ts';
import type {
  OpenApiDocument,
  OpenApiMedia,
  OpenApiOperation,
  OpenApiResponse,
} from '../openapi/document.ts';
import { curlOf } from './curl.ts';
import { inline, markdown } from './html.ts';
import { describeProperty, propertiesOf, typeOf } from './schema.ts';

export interface Place {
  method: string;
  path: string;
  operation: OpenApiOperation;
}

/** Every operation with a tag, in the document's order. */
export function operationsOf({ paths }: OpenApiDocument, tag: string): Place[] {
  return Object.entries(paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ method, path, operation })),
    )
    .filter(({ operation }) => operation.tags.includes(tag));
}

/** Method and path, as the list of contents and the heading have them. HTML. */
export function nameOf({ method, path }: Place): string {
  return `<span class="method">${method.toUpperCase()}</span> <code>${escapeHtml(path)}</code>`;
}

export function describeOperation(place: Place, origin: string): string {
  const { operationId, summary, description } = place.operation;
  return `<article id="${operationId}" aria-labelledby="${operationId}-name">
<h3 id="${operationId}-name">${nameOf(place)}</h3>
<p class="summary">${inline(summary)}. ${keyOf(place.operation)}</p>
${description === undefined ? '' : markdown(description)}
<pre><code>${escapeHtml(curlOf(place, origin))}</code></pre>
${parametersOf(place.operation)}
${bodyOf(place.operation)}
<h4>Answers</h4>
<dl class="answers">${Object.entries(place.operation.responses).map(answerOf).join('\n')}</dl>
</article>`;
}

function keyOf({ security }: OpenApiOperation): string {
  if (security.length === 0) return 'Asks for no key.';
  if (security.some((scheme) => 'bearer' in scheme)) return 'Asks for a token.';
  const isAdmin = security.some((scheme) => 'adminKey' in scheme);
  return isAdmin ? 'Asks for the master key.' : 'Asks for a key.';
}

function parametersOf({ parameters = [] }: OpenApiOperation): string {
  if (parameters.length === 0) return '';
  const places = { path: 'in the path', query: 'in the query', header: 'a header' };
  const entries = parameters.map(({ name, in: place, required, description = '', schema }) =>
    describeProperty(name, schema, {
      isRequired: required,
      description: `${description} (${places[place]})`,
    }),
  );
  return `<h4>Parameters</h4>\n<dl>${entries.join('\n')}</dl>`;
}

function bodyOf({ requestBody }: OpenApiOperation): string {
  if (requestBody === undefined) return '';
  const { description, content } = requestBody;
  const plain = Object.entries(content).filter(([, { schema }]) => schema.format === 'binary');
  const others = Object.entries(content).filter(([, { schema }]) => schema.format !== 'binary');
  const bytes = plain.map(([type]) => `<code>${escapeHtml(type)}</code>`).join(', ');
  return `<h4>Body</h4>
<p>${inline(description)}</p>
<dl>${bytes === '' ? '' : `<dt>${bytes}</dt><dd>The bytes themselves.</dd>`}${others.map(mediaOf).join('\n')}</dl>`;
}

function mediaOf([type, { schema }]: [string, OpenApiMedia]): string {
  const description = typeof schema.description === 'string' ? inline(schema.description) : '';
  return `<dt><code>${escapeHtml(type)}</code> <span class="type">${typeOf(schema)}</span></dt>
<dd>${description}${propertiesOf(schema)}</dd>`;
}

function answerOf([status, { description, content = {}, headers = {} }]: [string, OpenApiResponse]): string {
  const types = Object.entries(content).map(
    ([type, { schema }]) => `<code>${escapeHtml(type)}</code>: ${typeOf(schema)}`,
  );
  const carried = Object.keys(headers).filter((name) => name !== 'x-request-id');
  const names = carried.map((name) => `<code>${escapeHtml(name)}</code>`).join(', ');
  return `<dt>${escapeHtml(status)}</dt>
<dd>${inline(description)}${types.length === 0 ? '' : `<br>${types.join('<br>')}`}${names === '' ? '' : `<br>With ${names}.`}</dd>`;
}
