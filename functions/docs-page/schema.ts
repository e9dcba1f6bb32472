/**
 * @module functions/docs-page/schema
 * A JSON Schema as people read it: one line for its type, and a list of what is in it.
 */
import { escapeHtml } from '../../core/escape-html.ts';
import type { JsonSchema } from '../openapi/schemas.ts';
import { inline } from './html.ts';

const REFERENCE = '#/components/schemas/';

/** Id of the part of the page that describes a named schema. */
export function schemaId(name: string): string {
  return `schema-${name}`;
}

/** The type in a few words, with a link where the schema has a name. HTML. */
export function typeOf(schema: JsonSchema): string {
  const { $ref: reference, anyOf, type, items, enum: values } = schema;
  if (typeof reference === 'string') {
    const name = escapeHtml(reference.slice(REFERENCE.length));
    return `<a href="#${schemaId(name)}">${name}</a>`;
  }
  const alternatives = anyOf ?? schema.oneOf;
  if (Array.isArray(alternatives)) return [...new Set(alternatives.map(typeOf))].join(' or ');
  if (Array.isArray(values)) return values.map(literal).join(', ');
  if ('const' in schema) return literal(schema.const);
  if (Array.isArray(schema.prefixItems)) return `list of ${schema.prefixItems.map(typeOf).join(', ')}`;
  if (type === 'array') return `list of ${isSchema(items) ? typeOf(items) : 'anything'}${sizes(schema)}`;
  const kind = Array.isArray(type) ? type.join(' or ') : String(type ?? 'anything');
  return escapeHtml(`${kind}${forms(schema)}${bounds(schema)}`);
}

/** What is in an object, in a list of objects, or in the alternatives of either; empty for a plain value. HTML. */
export function propertiesOf(schema: JsonSchema): string {
  const { properties, items, anyOf, oneOf } = schema;
  if (isSchema(items)) return propertiesOf(items);
  const alternatives = anyOf ?? oneOf;
  if (Array.isArray(alternatives)) {
    const forms = alternatives.map(propertiesOf).filter((form) => form !== '');
    return forms.join('<p class="or">or</p>');
  }
  if (!isSchema(properties)) return '';
  const required = Array.isArray(schema.required) ? schema.required : [];
  const entries = Object.entries(properties as Record<string, JsonSchema>).map(([name, property]) =>
    describeProperty(name, property, { isRequired: required.includes(name) }),
  );
  return `<dl>${entries.join('\n')}</dl>`;
}

/** One property or parameter: its name, type and meaning, and what is in it. HTML. */
export function describeProperty(
  name: string,
  schema: JsonSchema,
  { isRequired, description = schema.description }: { isRequired: boolean; description?: unknown },
): string {
  const optional = isRequired ? '' : ' <span class="optional">optional</span>';
  const meaning = typeof description === 'string' ? inline(description) : '';
  return `<dt><code>${escapeHtml(name)}</code> <span class="type">${typeOf(schema)}</span>${optional}</dt>
<dd>${meaning}${propertiesOf(schema)}</dd>`;
}

function literal(value: unknown): string {
  return `<code>${escapeHtml(JSON.stringify(value))}</code>`;
}

function forms({ format, contentEncoding }: JsonSchema): string {
  const form = format ?? contentEncoding;
  return form === undefined ? '' : ` (${form})`;
}

function bounds({ minimum, maximum, exclusiveMinimum }: JsonSchema): string {
  if (minimum !== undefined && maximum !== undefined) return `, ${minimum} to ${maximum}`;
  if (minimum !== undefined) return `, from ${minimum}`;
  if (exclusiveMinimum !== undefined) return `, over ${exclusiveMinimum}`;
  return maximum === undefined ? '' : `, up to ${maximum}`;
}

function sizes({ minItems, maxItems }: JsonSchema): string {
  if (minItems !== undefined && maxItems !== undefined) return `, ${minItems} to ${maxItems} of them`;
  return maxItems === undefined ? '' : `, up to ${maxItems} of them`;
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
