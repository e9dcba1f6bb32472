import * as errors from '../../../../core/errors.ts';
import { problemResponse } from '../../../../functions/http/problem.ts';

function answerTo(error: unknown) {
  const response = problemResponse(error, 'id-1');
  return {
    status: response.status,
    headers: response.headers as Record<string, string>,
    problem: JSON.parse(String(response.body)),
  };
}

describe('problemResponse', () => {
  test.each([
    [new errors.BadRequestError('m'), 400, 'bad-request', 'Bad request'],
    [new errors.NotFoundError('m'), 404, 'not-found', 'Not found'],
    [new errors.TooLargeError('m'), 413, 'too-large', 'Too large'],
    [new errors.UnsupportedFormatError('m'), 415, 'unsupported-format', 'Unsupported format'],
    [new errors.UnreadableImageError('m'), 422, 'unreadable-image', 'Unreadable image'],
    [new errors.DeadlineError('m'), 504, 'deadline', 'Deadline'],
  ])('describes %p as RFC 9457 wants it', (error, status, code, title) => {
    expect(answerTo(error)).toEqual({
      status,
      headers: {
        'content-type': 'application/problem+json',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
        'x-request-id': 'id-1',
      },
      problem: { type: `urn:pawprint:problem:${code}`, title, status, detail: 'm', requestId: 'id-1' },
    });
  });

  test('shows nothing of an unknown error', () => {
    const { status, problem } = answerTo(new TypeError('no /home/site/wwwroot/secret AccountKey=abc'));
    expect(status).toBe(500);
    expect(problem).toMatchObject({ type: 'urn:pawprint:problem:internal', requestId: 'id-1' });
    expect(JSON.stringify(problem)).not.toMatch(/secret|AccountKey|TypeError|\.ts/);
  });

  test.each([undefined, null, 'text', { status: 404 }])('answers 500 to a thrown %p', (thrown) => {
    expect(answerTo(thrown).status).toBe(500);
  });

  test('says when to come back, in whole seconds', () => {
    const retryAfter = (error: unknown) => answerTo(error).headers['retry-after'];
    expect(retryAfter(new errors.TooManyRequestsError('m', { retryAfterSeconds: 2.1 }))).toBe('3');
    expect(retryAfter(new errors.TooManyRequestsError('m', { retryAfterSeconds: 0 }))).toBe('1');
    expect(retryAfter(new errors.TooManyRequestsError('m'))).toBe('1');
    expect(retryAfter(new errors.UnavailableError('m'))).toBe('5');
    expect(retryAfter(new errors.BadRequestError('m'))).toBeUndefined();
  });

  test('names the methods that are allowed', () => {
    expect(answerTo(new errors.MethodNotAllowedError('PUT', ['GET', 'POST'])).headers.allow).toBe(
      'GET, POST',
    );
  });
});

test('a wrong setting shows as a fault of ours, without its name', () => {
  const { status, body } = problemResponse(new errors.ConfigurationError('MODEL_STORAGE is not set.'), 'id');
  expect(status).toBe(500);
  expect(String(body)).not.toContain('MODEL_STORAGE');
});
