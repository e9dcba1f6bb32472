/**
 * @module tests/helpers/contract
 * Whether an answer is what the OpenAPI document says. The document is checked, not the zod schemas that it is made
 * of: what a client generates its types from has to be true.
 */
import { z } from 'zod';
import { EVERY_METHOD } from '../../functions/http/handle.ts';
import type { OpenApiDocument, OpenApiOperation, OpenApiResponse } from '../../functions/openapi/document.ts';
import { servedDocument } from '../../functions/openapi/served-document.ts';

export interface Exchange {
  method: string;
  /** Path with or without a query. */
  path: string;
  status: number;
  headers: Headers;
  /** The body as it came. */
  text: string;
}

/** Statuses with which the host answers by itself, with an empty body and without a function. */
const OF_THE_HOST = [401, 403, 404];

const REFERENCE = '#/components/schemas/';

/** Throws unless the document has this answer: its operation, status, headers, media type, and body by its schema. */
export function checkAnswer(exchange: Exchange, document: OpenApiDocument = servedDocument()): void {
  const { status, headers, text, path } = exchange;
  if (OF_THE_HOST.includes(status) && text === '' && !headers.has('x-request-id')) return;
  const method = exchange.method.toLowerCase();
  const methods = findPath(document, path);
  if (methods === undefined) complain(exchange, 'the document has no such path');
  if (method === 'options' || method === 'head') {
    checkImplied(exchange, method);
    return;
  }
  const operation = methods[method];
  if (operation === undefined) {
    checkRefusal(exchange, document);
    return;
  }
  const response = operation.responses[String(status)];
  if (response === undefined) {
    const known = Object.keys(operation.responses).join(', ');
    complain(exchange, `the document knows ${known} only`);
  }
  for (const [name, header] of Object.entries(response.headers ?? {}))
    checkHeader(exchange, name, header.schema);
  checkBody(exchange, response, document);
}

/** The operation whose template the path fits: the one with the most words that are none of its parameters. */
function findPath(document: OpenApiDocument, path: string): Record<string, OpenApiOperation> | undefined {
  const plain = path.split('?')[0]!;
  const templates = Object.keys(document.paths).sort((a, b) => a.split('{').length - b.split('{').length);
  const found = templates.find((template) => {
    const pattern = template.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+');
    return new RegExp(`^${pattern}/?$`, 'i').test(plain);
  });
  return found === undefined ? undefined : document.paths[found];
}

function checkImplied(exchange: Exchange, method: 'options' | 'head'): void {
  if (exchange.text !== '') complain(exchange, `the answer to ${method.toUpperCase()} has a body`);
  if (method === 'options' && exchange.status === 204 && !exchange.headers.has('allow'))
    complain(exchange, 'the header allow is missing');
}

/** A method that the document doesn't have: 405 and Allow, whatever the path. */
function checkRefusal(exchange: Exchange, document: OpenApiDocument): void {
  const { method, status, headers } = exchange;
  const isKnown = EVERY_METHOD.some((known) => known === method.toUpperCase());
  if (!isKnown || status !== 405 || !headers.has('allow')) {
    complain(exchange, 'the document has no such method, and it is not 405 with Allow');
  }
  const content = { 'application/problem+json': { schema: { $ref: `${REFERENCE}Problem` } } };
  checkBody(exchange, { description: '', content }, document);
}

function checkHeader(exchange: Exchange, name: string, schema: object): void {
  const value = exchange.headers.get(name);
  if (value === null) complain(exchange, `the header ${name} is missing`);
  const isWhole = 'type' in schema && schema.type === 'integer';
  const parsed = z.fromJSONSchema(schema as never).safeParse(isWhole ? Number(value) : value);
  if (!parsed.success) complain(exchange, `the header ${name} is wrong: ${z.prettifyError(parsed.error)}`);
}

function checkBody(exchange: Exchange, { content }: OpenApiResponse, document: OpenApiDocument): void {
  const { headers, text } = exchange;
  if (content === undefined) {
    if (text !== '') complain(exchange, 'the document has no body here');
    return;
  }
  const type = (headers.get('content-type') ?? '').split(';')[0]!.trim();
  const media = content[type];
  if (media === undefined) {
    complain(exchange, `it is ${type || 'of no type'}, the document has ${Object.keys(content).join(', ')}`);
  }
  if (!type.endsWith('json')) return;
  const parsed = schemaFor(media.schema, document).safeParse(JSON.parse(text));
  if (!parsed.success) complain(exchange, z.prettifyError(parsed.error));
}

const made = new Map<object, z.ZodType>();

/** A schema of the document as something that checks. zod looks for references under $defs. */
function schemaFor(schema: object, document: OpenApiDocument): z.ZodType {
  let checker = made.get(schema);
  if (checker === undefined) {
    const whole = JSON.stringify({ ...schema, $defs: document.components.schemas });
    checker = z.fromJSONSchema(JSON.parse(whole.replaceAll(REFERENCE, '#/$defs/')));
    made.set(schema, checker);
  }
  return checker;
}

function complain({ method, path, status, text }: Exchange, what: string): never {
  throw new Error(
    `${method} ${path} answered ${status}, which is not what the OpenAPI document says: ${what}\n${text.slice(0, 2000)}`,
  );
}
