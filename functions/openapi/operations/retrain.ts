/**
 * @module functions/openapi/operations/retrain
 * Retraining: begun by a person, and looked at.
 */
import {
  retrainAnswerSchema,
  retrainHeadersSchema,
  retrainRequestSchema,
  retrainStatusAnswerSchema,
} from '../../contract/retrain.ts';
import { json, type Operation } from '../operation.ts';
import { NO_STORAGE } from '../problems.ts';

export const retrainOperation: Operation = {
  method: 'post',
  path: '/api/retrain',
  operationId: 'retrain',
  tag: 'models',
  summary: 'Train a new version',
  description:
    'It is trained by the Container Apps job, or by a process of this machine; the answer does not wait for that. What it makes goes the way of every version: converted, judged, and in production only when it passed every gate.',
  level: 'admin',
  parameters: { header: retrainHeadersSchema },
  body: {
    description: 'The reason.',
    required: true,
    content: {
      'application/json': {
        schema: retrainRequestSchema,
        examples: { reason: { reason: 'New photographs of Sphynx cats.' } },
      },
    },
  },
  answers: { 202: json('It has begun.', retrainAnswerSchema) },
  problems: {
    400: 'No reason.',
    409: 'A training goes on, or nothing that trains is set.',
    413: 'The body is larger than a reason.',
    503: 'The training could not be started, storage is out of reach, or a document of the registry is damaged.',
  },
};

export const retrainStatusOperation: Operation = {
  method: 'get',
  path: '/api/retrain',
  operationId: 'retrainStatus',
  tag: 'models',
  summary: 'See what is trained, and what was',
  level: 'admin',
  answers: { 200: json('The training that goes on, and the last ones.', retrainStatusAnswerSchema) },
  problems: NO_STORAGE,
};
