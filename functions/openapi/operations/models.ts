/**
 * @module functions/openapi/operations/models
 * The management of models.
 */
import { z } from 'zod';
import { versionSchema } from '../../../core/version.ts';
import {
  modelAnswerSchema,
  modelsAnswerSchema,
  moveHeadersSchema,
  moveRequestSchema,
  promoteAnswerSchema,
  rollbackAnswerSchema,
} from '../../contract/models.ts';
import { json, type Operation } from '../operation.ts';
import { NO_STORAGE } from '../problems.ts';

const versionParameterSchema = z.object({ version: versionSchema.describe('A version of the model.') });
const NEWEST = { version: '$response.body#/models/0/version' };
const moveBody = {
  description: 'The reason.',
  required: true,
  content: {
    'application/json': {
      schema: moveRequestSchema,
      examples: { reason: { reason: 'It confuses Ragdoll with Birman less.' } },
    },
  },
};

export const listModelsOperation: Operation = {
  method: 'get',
  path: '/api/models',
  operationId: 'listModels',
  tag: 'models',
  summary: 'List the versions of the model',
  level: 'admin',
  answers: {
    200: {
      ...json('The versions, the newest first.', modelsAnswerSchema),
      links: {
        show: { operationId: 'showModel', parameters: NEWEST },
        promote: { operationId: 'promoteModel', parameters: NEWEST },
      },
    },
  },
  problems: NO_STORAGE,
};

export const showModelOperation: Operation = {
  method: 'get',
  path: '/api/models/{version}',
  operationId: 'showModel',
  tag: 'models',
  summary: 'Get all that is known of one version',
  level: 'admin',
  parameters: { path: versionParameterSchema },
  answers: { 200: json('Its manifest, its state and its gates.', modelAnswerSchema) },
  problems: { 400: 'Not a version.', 404: 'No such version is registered.', ...NO_STORAGE },
};

export const promoteModelOperation: Operation = {
  method: 'post',
  path: '/api/models/{version}/promote',
  operationId: 'promoteModel',
  tag: 'models',
  summary: 'Let a version serve',
  description: 'It is loaded and asked here before the pointer moves; when that fails, nothing has changed.',
  level: 'admin',
  parameters: { path: versionParameterSchema, header: moveHeadersSchema },
  body: moveBody,
  answers: { 200: json('It serves.', promoteAnswerSchema) },
  problems: {
    400: 'Not a version, or no reason.',
    404: 'No such version is registered, or its files are gone.',
    409: 'The version was refused by a gate, or is damaged.',
    413: 'The body is larger than a reason.',
    ...NO_STORAGE,
  },
};

export const rollbackModelOperation: Operation = {
  method: 'post',
  path: '/api/models/rollback',
  operationId: 'rollbackModel',
  tag: 'models',
  summary: 'Return to the version that served before',
  level: 'admin',
  parameters: { header: moveHeadersSchema },
  body: moveBody,
  answers: { 200: json('It serves again.', rollbackAnswerSchema) },
  problems: {
    400: 'No reason.',
    409: 'Nothing served before, or production was moved meanwhile.',
    413: 'The body is larger than a reason.',
    ...NO_STORAGE,
  },
};
