/**
 * @module functions/openapi/operations/feedback
 * Feedback: given and taken back by clients, read by who runs the service.
 */
import { z } from 'zod';
import { feedbackIdSchema } from '../../../core/feedback/record.ts';
import {
  feedbackAnswerSchema,
  feedbackFormSchema,
  feedbackListAnswerSchema,
  feedbackListQuerySchema,
  feedbackRequestSchema,
} from '../../contract/feedback.ts';
import { fileSchema } from '../form.ts';
import { json, type Level, type Operation } from '../operation.ts';
import { NO_MODEL, NO_STORAGE, PICTURE_PROBLEMS } from '../problems.ts';

const idSchema = z.object({ id: feedbackIdSchema.describe('The `id` that POST /api/feedback answered.') });

export function giveFeedbackOperation({ level }: { level: Level }): Operation {
  return {
    method: 'post',
    path: '/api/feedback',
    operationId: 'giveFeedback',
    tag: 'feedback',
    summary: 'Say what the right answer would have been',
    description:
      'The picture is kept only where it is sent again with `consent` of `true`, and then without what its camera wrote into it.',
    level,
    body: {
      description: 'The label, and in a form also the picture.',
      required: true,
      content: {
        'application/json': {
          schema: feedbackRequestSchema,
          examples: { other: { requestId: '94331076-25e4-4a8b-ad6c-a538908afb97', label: 'other' } },
        },
        'multipart/form-data': {
          schema: feedbackFormSchema.extend({
            photo: fileSchema.optional().describe('The picture; the field may have any name.'),
          }),
        },
      },
    },
    answers: {
      201: {
        ...json('It is kept.', feedbackAnswerSchema),
        links: { takeBack: { operationId: 'deleteFeedback', parameters: { id: '$response.body#/id' } } },
      },
    },
    problems: {
      400: 'A member is missing or wrong, or the label is none of the breeds.',
      404: 'The version is not known.',
      ...PICTURE_PROBLEMS,
      429: 'More feedback than an instance takes in a minute.',
      ...NO_MODEL,
    },
  };
}

export function deleteFeedbackOperation({ level }: { level: Level }): Operation {
  return {
    method: 'delete',
    path: '/api/feedback/{id}',
    operationId: 'deleteFeedback',
    tag: 'feedback',
    summary: 'Take feedback back, with its picture',
    level,
    parameters: { path: idSchema },
    answers: { 204: { description: 'It is not there, or not any more.' } },
    problems: { 400: 'Not an id of feedback.', ...NO_STORAGE },
  };
}

export const listFeedbackOperation: Operation = {
  method: 'get',
  path: '/api/feedback',
  operationId: 'listFeedback',
  tag: 'feedback',
  summary: 'List the feedback of a day',
  level: 'admin',
  parameters: { query: feedbackListQuerySchema },
  answers: { 200: json('A page of it.', feedbackListAnswerSchema) },
  problems: { 400: 'A parameter is wrong.', ...NO_STORAGE },
};
