import { inspect } from 'node:util';
import { InvocationContext, type LogLevel, type TraceContext } from '@azure/functions';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { NotFoundError, TooManyRequestsError, UnavailableError } from '../../../../core/errors.ts';
import { ask } from '../../../../core/storage/ask.ts';
import { inSpan } from '../../../../core/telemetry/span.ts';
import { type CallHandler, handle } from '../../../../functions/http/handle.ts';
import { type RequestOptions, requestOf } from '../http/requests.ts';
import { keepSpans } from './spans.ts';

const VERSION = '20261125T081500Z-1c9f00aa';
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PARENT = 'b7ad6b7169203331';

const kept = keepSpans();
beforeEach(() => kept.reset());
afterAll(() => kept.stop());

/** Calls a wrapped handler as the host does, for a function at `route`. */
async function call(
  handler: CallHandler,
  {
    route = 'classify',
    traceContext,
    ...options
  }: RequestOptions & { route?: string; traceContext?: TraceContext } = {},
) {
  const lines: { level: LogLevel; text: string }[] = [];
  const context = new InvocationContext({
    functionName: 'classify',
    invocationId: 'an-invocation',
    options: { trigger: { type: 'httpTrigger', name: 'request', route } },
    ...(traceContext && { traceContext }),
    logHandler: (level, ...parts) => lines.push({ level, text: parts.map(String).join(' ') }),
  });
  const response = await handle(['GET', 'POST'], handler)(requestOf(options), context);
  return { response, lines };
}

const answers: CallHandler = async (_request, _context, call) => {
  call.version = VERSION;
  return { jsonBody: {} };
};

describe('the span of a request', () => {
  test('is named by the route and says what came of it', async () => {
    const headers = { 'x-request-id': 'trace-me' };
    await call(answers, { route: 'models/{version}', params: { version: VERSION }, headers });
    const span = kept.named('POST /api/models/{version}');
    expect(span.attributes).toEqual({
      'http.request.method': 'POST',
      'http.route': '/api/models/{version}',
      'faas.invocation_id': 'an-invocation',
      'pawprint.request_id': 'trace-me',
      'http.response.status_code': 200,
      'pawprint.model.version': VERSION,
    });
    expect([span.kind, span.status.code, span.parentSpanContext]).toEqual([
      SpanKind.SERVER,
      SpanStatusCode.UNSET,
      undefined,
    ]);
  });

  test('has the kind of the problem, and counts as failed only where the fault is ours', async () => {
    await call(() => Promise.reject(new NotFoundError('secret path')));
    const refused = kept.named('POST /api/classify');
    expect(refused.attributes).toMatchObject({ 'http.response.status_code': 404, 'error.type': 'not-found' });
    expect(refused.status).toEqual({ code: SpanStatusCode.UNSET });
    kept.reset();
    await call(() => Promise.reject(new Error('secret path')));
    const failed = kept.named('POST /api/classify');
    expect(failed.attributes).toMatchObject({ 'http.response.status_code': 500, 'error.type': 'internal' });
    expect(failed.status).toEqual({ code: SpanStatusCode.ERROR });
  });

  test('belongs to the trace that the request names, also where that one says it is not sampled', async () => {
    for (const flags of ['00', '01']) {
      kept.reset();
      await call(answers, { headers: { traceparent: `00-${TRACE}-${PARENT}-${flags}` } });
      const span = kept.named('POST /api/classify');
      expect([span.spanContext().traceId, span.parentSpanContext?.spanId]).toEqual([TRACE, PARENT]);
      expect(span.kind).toBe(SpanKind.SERVER);
    }
  });

  test("is a part of the host's own span where the host has one, whatever the request says", async () => {
    const ofHost = '00-11111111111111111111111111111111-2222222222222222-01';
    const headers = { traceparent: `00-${TRACE}-${PARENT}-01` };
    await call(answers, { headers, traceContext: { traceParent: ofHost } });
    const span = kept.named('POST /api/classify');
    expect([span.spanContext().traceId, span.parentSpanContext?.spanId]).toEqual([
      '1'.repeat(32),
      '2'.repeat(16),
    ]);
    // The host's is the request's, and a second one would be counted.
    expect(span.kind).toBe(SpanKind.INTERNAL);
  });

  test.each(['', 'x', `00-${'0'.repeat(32)}-${PARENT}-01`])(
    'starts a trace where %j is named',
    async (text) => {
      // Our own host gives an empty one.
      await call(answers, { headers: { traceparent: text }, traceContext: { traceParent: '' } });
      expect(kept.named('POST /api/classify').parentSpanContext).toBeUndefined();
    },
  );
});

describe('the parts of a request', () => {
  const pause = () => new Promise((resolve) => setTimeout(resolve, 5));

  test('are its children, at whatever depth of promises, also with another request beside it', async () => {
    const work: CallHandler = async (_request, _context, { requestId }) => {
      await pause();
      await inSpan('decode', { request: requestId }, pause);
      await Promise.all([inSpan('inference', { request: requestId }, pause), pause()]);
      await ask('registry/production.json', 1000, pause);
      return {};
    };
    const ids = ['one', 'two'];
    await Promise.all(ids.map((id) => call(work, { headers: { 'x-request-id': id } })));
    expect(kept.spans()).toHaveLength(8);
    for (const id of ids) {
      const request = kept.spans().find((span) => span.attributes['pawprint.request_id'] === id)!;
      const children = kept
        .spans()
        .filter((span) => span.parentSpanContext?.spanId === request.spanContext().spanId);
      expect(children.map(({ name }) => name).sort()).toEqual(['decode', 'inference', 'storage']);
      const own = children.flatMap(({ attributes }) => attributes.request ?? []);
      expect(own).toEqual([id, id]);
    }
  });

  test('that fail say how, not in which words', async () => {
    await call(async () => {
      await inSpan('inference', {}, () => Promise.reject(new UnavailableError('secret path')));
      return {};
    });
    const span = kept.named('inference');
    expect([span.attributes, span.status, span.events]).toEqual([
      { 'error.type': 'unavailable' },
      { code: SpanStatusCode.ERROR },
      [],
    ]);
  });

  test('of storage name the container, never the path: the id of feedback opens it', async () => {
    await call(async () => {
      await ask('feedback/2026-11-25/20261125-secret.json', 1000, pause);
      return {};
    });
    expect(kept.named('storage').attributes).toEqual({ 'pawprint.container': 'feedback' });
  });

  test('that go on without a request, or after it, make none', async () => {
    let late = () => Promise.resolve<unknown>(undefined);
    await inSpan('decode', {}, pause);
    await call(async () => {
      setTimeout(() => void late(), 20);
      return {};
    });
    const done = new Promise((resolve) => {
      late = () => ask('registry/production.json', 1000, pause).then(resolve);
    });
    await done;
    expect(kept.spans().map(({ name }) => name)).toEqual(['POST /api/classify']);
  });
});

describe('the line in the log', () => {
  test('is one of JSON with what came of the request', async () => {
    const { lines } = await call(answers, { headers: { 'x-request-id': 'log-me' } });
    expect(lines.map(({ level, text }) => [level, JSON.parse(text)])).toEqual([
      [
        'information',
        {
          event: 'request',
          requestId: 'log-me',
          method: 'POST',
          route: '/api/classify',
          status: 200,
          durationMs: expect.any(Number),
          version: VERSION,
          traceId: kept.named('POST /api/classify').spanContext().traceId,
        },
      ],
    ]);
  });

  test('is a warning with the reason where the fault is ours', async () => {
    const { lines } = await call(() => Promise.reject(new UnavailableError('Storage is away.')));
    const { level, text } = lines.at(-1)!;
    expect([level, JSON.parse(text)]).toMatchObject(['warning', { status: 503, reason: 'unavailable' }]);
  });

  test('comes for a method that is not allowed, and for HEAD and OPTIONS', async () => {
    for (const [method, status] of [
      ['DELETE', 405],
      ['HEAD', 200],
      ['OPTIONS', 204],
    ] as const) {
      const { lines } = await call(answers, { method });
      expect(JSON.parse(lines.at(-1)!.text)).toMatchObject({ method, status });
    }
  });
});

describe('the line of refusals for want of room', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  const refuse = async () => {
    const { lines } = await call(() => Promise.reject(new TooManyRequestsError('Full.')));
    return lines.map(({ text }) => JSON.parse(text) as { status: number; leftOut?: number });
  };

  test('is one a second, and counts those that had none', async () => {
    jest.advanceTimersByTime(1000);
    expect(await refuse()).toMatchObject([{ status: 429, reason: 'too-many-requests' }]);
    for (let i = 0; i < 3; i++) expect(await refuse()).toEqual([]);
    // What was let in has its own.
    expect((await call(answers)).lines).toHaveLength(1);
    jest.advanceTimersByTime(1000);
    expect(await refuse()).toMatchObject([{ status: 429, leftOut: 3 }]);
    jest.advanceTimersByTime(1000);
    const [last] = await refuse();
    expect(last).not.toHaveProperty('leftOut');
  });
});

test('nothing that a client sent is told, but its request id', async () => {
  const secret = 'S3CR3T';
  const sent: RequestOptions = {
    headers: {
      'x-request-id': 'harmless',
      'x-functions-key': secret,
      authorization: `Bearer ${secret}`,
      'x-client-id': secret,
      cookie: secret,
      tracestate: `vendor=${secret}`,
      baggage: `user=${secret}`,
      'user-agent': secret,
    },
    query: { code: secret, version: secret },
    params: { version: secret },
    body: secret,
  };
  const handlers: CallHandler[] = [
    answers,
    () => Promise.reject(new NotFoundError(secret)),
    () => Promise.reject(new UnavailableError('gone', { publicMessage: secret })),
  ];
  for (const handler of handlers) {
    kept.reset();
    const { lines } = await call(handler, sent);
    const told = inspect([kept.spans(), lines], { depth: 12, maxStringLength: null });
    expect(told).toContain('harmless');
    expect(told).not.toContain(secret);
  }
});
