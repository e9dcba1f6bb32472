/**
 * @module tests/helpers/page-answers
 * What the service answers to the page, checked by the schemas of the contract.
 */
import { breedsAnswerSchema } from '../../functions/contract/breeds.ts';
import { type ClassifyAnswer, classifyAnswerSchema } from '../../functions/contract/classify.ts';
import { feedbackAnswerSchema } from '../../functions/contract/feedback.ts';
import { problemSchema } from '../../functions/contract/problem.ts';
import type { StandIn } from './page-service.ts';

const VERSION = '20261125T083516Z-f98d3c55';
export const REQUEST_ID = '94331076-25e4-4a8b-ad6c-a538908afb97';
export const FEEDBACK_ID = '20261125-101530123abcdef0123456789abcdef0';

export const BREEDS = [
  { breed: 'Birman', name: 'Birman', species: 'cat' },
  { breed: 'Siamese', name: 'Siamese', species: 'cat' },
  { breed: 'Egyptian_Mau', name: 'Egyptian Mau', species: 'cat' },
  { breed: 'american_pit_bull_terrier', name: 'American Pit Bull Terrier', species: 'dog' },
  { breed: 'beagle', name: 'Beagle', species: 'dog' },
] as const;

export function anAnswer(changes: Partial<ClassifyAnswer> = {}): StandIn {
  const [first, second, third] = BREEDS;
  const body = classifyAnswerSchema.parse({
    requestId: REQUEST_ID,
    model: { version: VERSION, precision: 'int8' },
    predictions: [
      { ...first, score: 0.7542601 },
      { ...second, score: 0.1963904 },
      { ...third, score: 0.0046976 },
    ],
    confident: true,
    reason: null,
    image: { width: 1024, height: 768, format: 'jpeg' },
    timing: { decodeMs: 5.4, inferenceMs: 5.3, totalMs: 11 },
    ...changes,
  });
  return { body };
}

export function anUnsureAnswer(reason: 'unknown' | 'ambiguous'): StandIn {
  const [, , third, fourth, fifth] = BREEDS;
  const predictions = [
    { ...fourth, score: 0.3142 },
    { ...fifth, score: 0.2931 },
    { ...third, score: 0.2007 },
  ];
  return anAnswer({ predictions, confident: false, reason });
}

export function theBreeds(): StandIn {
  return { body: breedsAnswerSchema.parse({ version: VERSION, breeds: BREEDS }) };
}

export function takenFeedback({ pictureKept }: { pictureKept: boolean }): StandIn {
  return { status: 201, body: feedbackAnswerSchema.parse({ id: FEEDBACK_ID, pictureKept }) };
}

/** A refusal of the service; the host's own have no body. */
export function aProblem(status: number, headers: Record<string, string> = {}): StandIn {
  const type = 'urn:pawprint:problem:of-the-test';
  const detail = `Detail of ${status}.`;
  const body = { type, title: 'Of the test', status, detail, requestId: REQUEST_ID };
  return { status, headers, body: problemSchema.parse(body) };
}
