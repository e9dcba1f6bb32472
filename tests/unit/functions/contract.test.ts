/** The check of answers against the OpenAPI document: what it lets pass, and that it can fail. */
import { checkAnswer, type Exchange } from '../../helpers/contract.ts';

const VERSION = '20261125T081500Z-1c9f00aa';
const json = (
  body: object,
  changes: Partial<Exchange> = {},
  headers: Record<string, string> = {},
): Exchange => ({
  method: 'GET',
  path: '/api/breeds',
  status: 200,
  headers: new Headers({ 'content-type': 'application/json', 'x-request-id': 'a', ...headers }),
  text: JSON.stringify(body),
  ...changes,
});
const breeds = (changes: object = {}) => ({
  version: VERSION,
  breeds: [
    { breed: 'Bengal', name: 'Bengal', species: 'cat' },
    { breed: 'beagle', name: 'Beagle', species: 'dog' },
  ],
  ...changes,
});
const problem = (status: number, changes: object = {}) => ({
  type: 'urn:pawprint:problem:unavailable',
  title: 'Unavailable',
  status,
  detail: 'No model is there.',
  requestId: 'a',
  ...changes,
});
const PROBLEM = { 'content-type': 'application/problem+json' };

describe('an answer that the document has', () => {
  it.each<[string, Exchange]>([
    ['breeds', json(breeds())],
    ['breeds, with a query and another case of letters', json(breeds(), { path: '/API/Breeds?x=1' })],
    ['a problem', json(problem(503), { status: 503 }, { ...PROBLEM, 'retry-after': '5' })],
    [
      'a media type with parameters',
      json(breeds(), {}, { 'content-type': 'application/json; charset=utf-8' }),
    ],
    ['HEAD', json({}, { method: 'HEAD', text: '' })],
    ['OPTIONS', json({}, { method: 'OPTIONS', status: 204, text: '' }, { allow: 'GET' })],
    ['405', json(problem(405), { method: 'PUT', status: 405 }, { ...PROBLEM, allow: 'GET' })],
    [
      "the host's own 401",
      { ...json({}), path: '/api/classify', status: 401, headers: new Headers(), text: '' },
    ],
    [
      "the host's own 404",
      { ...json({}), path: '/api/nothing', status: 404, headers: new Headers(), text: '' },
    ],
  ])('passes: %s', (_, exchange) => {
    expect(() => checkAnswer(exchange)).not.toThrow();
  });
});

describe('an answer that the document does not have', () => {
  it.each<[string, Exchange, RegExp]>([
    ['a path', json(breeds(), { path: '/api/cats' }), /no such path/],
    ['a status', json(breeds(), { status: 201 }), /knows 200, 500, 503 only/],
    ['a method', json(breeds(), { method: 'POST' }), /no such method/],
    ['a media type', json(breeds(), {}, { 'content-type': 'text/plain' }), /it is text\/plain/],
    ['a property too many', json(breeds({ more: 1 })), /more/],
    ['a property too few', json(breeds({ version: undefined })), /version/],
    ['a wrong pattern', json(breeds({ version: '1' })), /version/],
    [
      'a wrong value far inside',
      json(breeds({ breeds: [{ breed: 'x', name: 'X', species: 'bird' }] })),
      /species/,
    ],
    [
      'no request id',
      json(breeds(), { headers: new Headers({ 'content-type': 'application/json' }) }),
      /x-request-id/,
    ],
    ['503 without Retry-After', json(problem(503), { status: 503 }, PROBLEM), /retry-after/],
    [
      '503 with a Retry-After of 0',
      json(problem(503), { status: 503 }, { ...PROBLEM, 'retry-after': '0' }),
      /retry-after/,
    ],
    ['a problem as plain JSON', json(problem(503), { status: 503 }, { 'retry-after': '5' }), /problem\+json/],
    [
      'a problem with a stack',
      json(problem(503, { stack: 'at' }), { status: 503 }, { ...PROBLEM, 'retry-after': '5' }),
      /stack/,
    ],
    ['405 without Allow', json(problem(405), { method: 'PUT', status: 405 }, PROBLEM), /no such method/],
    ['HEAD with a body', json(breeds(), { method: 'HEAD' }), /has a body/],
  ])('fails: %s', (_, exchange, message) => {
    expect(() => checkAnswer(exchange)).toThrow(message);
  });
});
