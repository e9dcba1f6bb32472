/**
 * @module functions/openapi/operations/documents
 * The document itself, and the pages for people.
 */
import { openApiAnswerSchema } from '../../contract/openapi.ts';
import type { Answer, Operation } from '../operation.ts';
import { json } from '../operation.ts';

const page = (description: string): Answer => ({
  description,
  content: { 'text/html': { schema: 'text' } },
  headers: { 'content-security-policy': 'Nothing but what the page brings along may be loaded or run.' },
});

export const openapiOperation: Operation = {
  method: 'get',
  path: '/api/openapi.json',
  operationId: 'openapi',
  tag: 'documents',
  summary: 'Get this document',
  level: 'anonymous',
  answers: { 200: json('The OpenAPI document.', openApiAnswerSchema) },
};

export const docsOperation: Operation = {
  method: 'get',
  path: '/api/docs',
  operationId: 'docs',
  tag: 'documents',
  summary: 'Read this document as a page',
  level: 'anonymous',
  answers: { 200: page('The page.') },
};

export const appOperation: Operation = {
  method: 'get',
  path: '/api/app',
  operationId: 'app',
  tag: 'documents',
  summary: 'Try the service with a photograph',
  level: 'anonymous',
  answers: { 200: page('The page.') },
};
