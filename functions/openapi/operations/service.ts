/**
 * @module functions/openapi/operations/service
 * Breeds, and whether the service answers.
 */
import { breedsAnswerSchema } from '../../contract/breeds.ts';
import { healthAnswerSchema } from '../../contract/health.ts';
import { readyAnswerSchema } from '../../contract/ready.ts';
import { json, type Operation } from '../operation.ts';
import { NO_MODEL } from '../problems.ts';

export const breedsOperation: Operation = {
  method: 'get',
  path: '/api/breeds',
  operationId: 'breeds',
  tag: 'photographs',
  summary: 'List what the model can tell apart',
  level: 'anonymous',
  answers: { 200: json('The breeds of the model in production.', breedsAnswerSchema) },
  problems: NO_MODEL,
};

export const healthOperation: Operation = {
  method: 'get',
  path: '/api/health',
  operationId: 'health',
  tag: 'service',
  summary: 'Ask whether the process is alive',
  description: 'Says nothing of a model, and answers in any load.',
  level: 'anonymous',
  answers: { 200: json('It is.', healthAnswerSchema) },
};

export const readyOperation: Operation = {
  method: 'get',
  path: '/api/ready',
  operationId: 'ready',
  tag: 'service',
  summary: 'Ask whether a model answers',
  level: 'anonymous',
  answers: { 200: json('A model is in memory and has answered.', readyAnswerSchema) },
  problems: NO_MODEL,
};

export const metricsOperation: Operation = {
  method: 'get',
  path: '/api/metrics',
  operationId: 'metrics',
  tag: 'service',
  summary: 'Get the figures of an instance',
  description:
    "In Prometheus' text format, of the instance that answers; `service_instance_id` says which. Requests, refusals, times, scores, models and memory: counted, and nothing of what clients sent.",
  level: 'admin',
  answers: { 200: { description: 'The figures.', content: { 'text/plain': { schema: 'text' } } } },
  problems: { 404: 'The instance keeps no figures.' },
};
