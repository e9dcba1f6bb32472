/**
 * @module functions/http/handle
 * What every HTTP function is wrapped in, once. The host answers a throw, and a method that a function
 * doesn't list, with an empty body, and an unhandled rejection kills the worker: so all is answered here.
 */
import { randomUUID } from 'node:crypto';
import type {
  HttpHandler,
  HttpMethod,
  HttpRequest,
  HttpResponseInit,
  InvocationContext,
} from '@azure/functions';
import { MethodNotAllowedError, PawprintError } from '../../core/errors.ts';
import { TokenError } from '../auth/token-error.ts';
import { observe } from '../telemetry/observe.ts';
import { problemResponse } from './problem.ts';

/** What is known of a call: before its handler runs, and, for who observes the service, after it. */
export interface Call {
  requestId: string;
  /** `performance.now()` when the call came in. */
  startedAt: number;
  /** Of the model that answered. */
  version?: string;
  /** The kind of the problem that was the answer. */
  reason?: string;
}

export type CallHandler = (
  request: HttpRequest,
  context: InvocationContext,
  call: Call,
) => Promise<HttpResponseInit>;

/**
 * What each function registers with the host, so that a wrong method gets here and not an empty 404.
 * TRACE and CONNECT are left out: the library's request object can't be made of them.
 */
export const EVERY_METHOD: HttpMethod[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

const REQUEST_ID_PATTERN = /^[\w-]{1,64}$/;

/**
 * Wraps a handler of `methods`. Every answer has the request id; HEAD is answered as GET without a body,
 * OPTIONS with 204 and Allow, another method with 405; whatever is thrown becomes a problem document, and
 * is logged under the request id where the fault is ours. `elsewhere` are methods of the route that another
 * function answers, at another level of key: this one only says that they are there.
 */
export function handle(
  methods: readonly HttpMethod[],
  handler: CallHandler,
  { elsewhere = [] }: { elsewhere?: readonly HttpMethod[] } = {},
): HttpHandler {
  const allow = [...new Set([...methods, ...elsewhere, ...impliedMethods(methods)])].join(', ');
  return async (request, context) => {
    const call: Call = { requestId: requestIdOf(request), startedAt: performance.now() };
    const method = request.method.toUpperCase();
    const answer = async (): Promise<HttpResponseInit> => {
      try {
        if (method === 'OPTIONS') return finish({ status: 204, headers: { allow } }, call);
        const asked = method === 'HEAD' ? 'GET' : method;
        if (!methods.some((allowed) => allowed === asked)) throw new MethodNotAllowedError(method, methods);
        return finish(await handler(request, context, call), call);
      } catch (error) {
        call.reason = error instanceof PawprintError ? error.code : 'internal';
        logFault(error, context, call);
        const problem = problemResponse(error, call.requestId);
        if (error instanceof MethodNotAllowedError) problem.headers = { ...problem.headers, allow };
        if (error instanceof TokenError)
          problem.headers = { ...problem.headers, 'www-authenticate': error.challenge };
        return problem;
      }
    };
    const response = await observe({ request, invocation: context, call }, answer);
    return method === 'HEAD' ? withoutBody(response) : response;
  };
}

function impliedMethods(methods: readonly HttpMethod[]): HttpMethod[] {
  return methods.includes('GET') ? ['HEAD', 'OPTIONS'] : ['OPTIONS'];
}

/** The client's own id where it is harmless in a log and a header, otherwise a new one. */
function requestIdOf(request: HttpRequest): string {
  const given = request.headers.get('x-request-id');
  return given !== null && REQUEST_ID_PATTERN.test(given) ? given : randomUUID();
}

/** Adds what every answer carries. A handler's own cache-control stands. */
function finish(response: HttpResponseInit, { requestId }: Call): HttpResponseInit {
  const headers = new Headers(response.headers);
  headers.set('x-request-id', requestId);
  headers.set('x-content-type-options', 'nosniff');
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store');
  if (response.jsonBody !== undefined && !headers.has('content-type')) {
    headers.set('content-type', 'application/json');
  }
  return { ...response, headers: Object.fromEntries(headers) };
}

function withoutBody({ body: _body, jsonBody: _jsonBody, ...rest }: HttpResponseInit): HttpResponseInit {
  return rest;
}

function logFault(error: unknown, context: InvocationContext, { requestId }: Call): void {
  if (!(error instanceof PawprintError)) {
    context.error(`Request ${requestId} failed:`, error);
    return;
  }
  if (error.status < 500) return;
  const line = `Request ${requestId}: ${error.code}: ${error.message}`;
  // A 503 with nothing underneath is a state, an empty registry say, and no fault.
  if (error.cause !== undefined) context.warn(line, error.cause);
  else if (error.status === 503) context.debug(line);
  else context.warn(line);
}
