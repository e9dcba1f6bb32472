/**
 * @module functions/openapi/document
 * The OpenAPI 3.1 document, made of the operations and of the schemas that validate requests and answers.
 */
import { PROBLEM_MEDIA_TYPE, problemSchema } from '../contract/problem.ts';
import type { Answer, Level, Link, Media, Operation } from './operation.ts';
import { TAGS } from './operation.ts';
import { answerSchemaOf, componentSchemas, type JsonSchema, requestSchemaOf } from './schemas.ts';

export interface OpenApiParameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required: boolean;
  description?: string;
  schema: JsonSchema;
}
export interface OpenApiMedia {
  schema: JsonSchema;
  examples?: Record<string, { value: unknown }>;
}
export interface OpenApiResponse {
  description: string;
  headers?: Record<string, { description: string; schema: JsonSchema }>;
  content?: Record<string, OpenApiMedia>;
  links?: Record<string, Link>;
}
export interface OpenApiOperation {
  operationId: string;
  tags: string[];
  summary: string;
  description?: string;
  security: Record<string, never[]>[];
  parameters?: OpenApiParameter[];
  requestBody?: { description: string; required: boolean; content: Record<string, OpenApiMedia> };
  responses: Record<string, OpenApiResponse>;
}
export interface OpenApiDocument {
  openapi: string;
  info: {
    title: string;
    version: string;
    description: string;
    license: { name: string; identifier: string };
  };
  servers: { url: string; description: string }[];
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, OpenApiOperation>>;
  components: {
    schemas: Record<string, JsonSchema>;
    securitySchemes: Record<string, JsonSchema>;
  };
}

const DESCRIPTION = `Tells the breed of a cat or a dog from a photograph.

Every answer has an \`x-request-id\` header: name it when you report a fault; a harmless one of the client's own is kept. Errors are problem documents (RFC 9457). HEAD is answered as GET without a body, OPTIONS with 204 and Allow, another method with 405 and Allow.`;

const ALTERNATIVES: Record<Level, Record<string, never[]>[]> = {
  anonymous: [],
  function: [{ key: [] }, { keyInQuery: [] }],
  admin: [{ adminKey: [] }, { adminKeyInQuery: [] }],
  token: [{ bearer: [] }],
};

const FUNCTION_KEY =
  "A key of the function app (the host's, or the function's own); the master key does too.";
const ADMIN_KEY = 'The master key of the function app.';
const SECURITY_SCHEMES = {
  key: { type: 'apiKey', in: 'header', name: 'x-functions-key', description: FUNCTION_KEY },
  keyInQuery: { type: 'apiKey', in: 'query', name: 'code', description: `${FUNCTION_KEY} The header wins.` },
  adminKey: { type: 'apiKey', in: 'header', name: 'x-functions-key', description: ADMIN_KEY },
  adminKeyInQuery: {
    type: 'apiKey',
    in: 'query',
    name: 'code',
    description: `${ADMIN_KEY} The header wins.`,
  },
};
const BEARER = {
  type: 'http',
  scheme: 'bearer',
  bearerFormat: 'JWT',
  description: "A token of the service's issuer, made for this service.",
};

const RETRY_AFTER = 'Seconds after which to try again.';
const CHALLENGE = 'What is wrong with the token (RFC 6750).';
const REQUEST_ID = 'Names the request in the log.';

/** Makes the document of these operations; `version` is that of the contract. */
export function makeDocument(
  operations: readonly Operation[],
  { version }: { version: string },
): OpenApiDocument {
  const paths: OpenApiDocument['paths'] = {};
  for (const operation of operations) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: describe(operation) };
  }
  const used = new Set(operations.map(({ tag }) => tag as string));
  return {
    openapi: '3.1.1',
    info: {
      title: 'Pawprint',
      version,
      description: DESCRIPTION,
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'Where this document comes from.' }],
    tags: Object.entries(TAGS)
      .filter(([name]) => used.has(name))
      .map(([name, description]) => ({ name, description })),
    paths,
    components: { schemas: componentSchemas(), securitySchemes: schemesOf(operations) },
  };
}

/** The token only where one is taken: every scheme of the document should open something. */
function schemesOf(operations: readonly Operation[]): Record<string, JsonSchema> {
  const takesToken = operations.some(({ level }) => level === 'token');
  return takesToken ? { ...SECURITY_SCHEMES, bearer: BEARER } : SECURITY_SCHEMES;
}

function describe(operation: Operation): OpenApiOperation {
  const { operationId, tag, summary, description, level, body } = operation;
  const parameters = parametersOf(operation);
  return {
    operationId,
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    security: ALTERNATIVES[level],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: { ...body, content: contentOf(body.content, 'input') } }),
    responses: responsesOf(operation),
  };
}

function parametersOf({ parameters = {} }: Operation): OpenApiParameter[] {
  return (['path', 'query', 'header'] as const).flatMap((place) => {
    const { properties = {}, required = [] } = parameters[place]
      ? (requestSchemaOf(parameters[place], 'output') as { properties?: object; required?: string[] })
      : {};
    return Object.entries(properties).map(([name, { description, ...schema }]) => ({
      name,
      in: place,
      required: required.includes(name),
      ...(description === undefined ? {} : { description }),
      schema,
    }));
  });
}

function responsesOf({ answers, problems = {}, level }: Operation): Record<string, OpenApiResponse> {
  const refusals: Record<number, Answer> = {};
  for (const [status, text] of Object.entries(problems))
    refusals[Number(status)] = problem(Number(status), text);
  refusals[500] ??= problem(
    500,
    'A fault of the service, not of the request. The request id finds it in the log.',
  );
  if (level === 'token') {
    refusals[401] = problem(401, 'No token, or one that is wrong, has expired or is for another service.');
    refusals[403] = problem(403, 'The token lacks the scope or role that is asked for.');
  } else if (level !== 'anonymous') {
    refusals[401] = { description: "No key, or a wrong one. The host's own answer, with an empty body." };
  }
  const all = { ...answers, ...refusals };
  return Object.fromEntries(
    Object.entries(all).map(([status, answer]) => [status, responseOf(answer, Number(status))]),
  );
}

function problem(status: number, description: string): Answer {
  return {
    description,
    content: { [PROBLEM_MEDIA_TYPE]: { schema: problemSchema } },
    ...(status === 429 || status === 503 ? { headers: { 'retry-after': RETRY_AFTER } } : {}),
    ...(status === 401 || status === 403 ? { headers: { 'www-authenticate': CHALLENGE } } : {}),
  };
}

function responseOf({ description, content, headers = {}, links }: Answer, status: number): OpenApiResponse {
  // A 401 without a body is the host's, which knows nothing of request ids.
  const all = status === 401 && content === undefined ? headers : { 'x-request-id': REQUEST_ID, ...headers };
  const described = Object.entries(all).map(
    ([name, text]) => [name, { description: text, required: true, schema: headerSchema(name) }] as const,
  );
  return {
    description,
    ...(described.length === 0 ? {} : { headers: Object.fromEntries(described) }),
    ...(content === undefined ? {} : { content: contentOf(content, 'output') }),
    ...(links === undefined ? {} : { links }),
  };
}

function headerSchema(name: string): JsonSchema {
  return name === 'retry-after' ? { type: 'integer', minimum: 1 } : { type: 'string' };
}

function contentOf(content: Record<string, Media>, io: 'input' | 'output'): Record<string, OpenApiMedia> {
  return Object.fromEntries(
    Object.entries(content).map(([type, { schema, examples }]) => [
      type,
      { schema: schemaOf(schema, io), ...(examples === undefined ? {} : { examples: valuesOf(examples) }) },
    ]),
  );
}

function valuesOf(examples: Record<string, unknown>): Record<string, { value: unknown }> {
  return Object.fromEntries(Object.entries(examples).map(([name, value]) => [name, { value }]));
}

function schemaOf(schema: Media['schema'], io: 'input' | 'output'): JsonSchema {
  if (schema === 'text') return { type: 'string' };
  if (schema === 'binary') return { type: 'string', format: 'binary' };
  return io === 'input' ? requestSchemaOf(schema, io) : answerSchemaOf(schema);
}
