/**
 * @module scripts/host/http-rpc
 * HTTP requests and responses to and from the form in which a handler's programming model has them.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RpcHttpCookie, RpcTypedData } from './rpc.ts';

/** The request as a handler gets it: lower-case header names, repeated ones joined with a bare comma. */
export function toRpcRequest(
  request: IncomingMessage,
  url: URL,
  params: Record<string, string>,
  body: Buffer,
): RpcTypedData {
  const headers: Record<string, string> = {};
  for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
    const name = request.rawHeaders[index]!.toLowerCase();
    const value = request.rawHeaders[index + 1]!;
    headers[name] = name in headers ? `${headers[name]},${value}` : value;
  }
  const query: Record<string, string> = {};
  for (const [name, value] of url.searchParams)
    query[name] = name in query ? `${query[name]},${value}` : value;
  return {
    http: {
      method: request.method ?? 'GET',
      url: url.href,
      nullableHeaders: nullable(headers),
      nullableQuery: nullable(query),
      nullableParams: nullable(params),
      ...(body.length > 0 && { body: { bytes: body } }),
    },
  };
}

/** Sends a handler's answer. A body goes out chunked, never with a length of the host's own; no answer is 204. */
export function sendRpcResponse(response: ServerResponse, value: RpcTypedData | null | undefined): void {
  const http = value?.http;
  if (!http) {
    response.writeHead(204).end();
    return;
  }
  const status = Number(http.statusCode ?? 200);
  for (const [name, text] of Object.entries(http.headers ?? {})) {
    if (name !== 'transfer-encoding') response.setHeader(canonicalName(name), text);
  }
  const cookies = (http.cookies ?? []).map(formatCookie);
  if (cookies.length > 0) response.appendHeader('Set-Cookie', cookies);
  const body = bytesOf(http.body);
  const hasNoBody = status === 204 || status === 304;
  if (body.length === 0 && !hasNoBody && !response.hasHeader('content-length')) {
    response.setHeader('Content-Length', '0');
  }
  response.writeHead(status);
  if (body.length > 0 && !hasNoBody) response.write(body);
  response.end();
}

/** Sends a status with an empty body, as the host does for everything that no handler answered. */
export function sendEmpty(
  response: ServerResponse,
  status: number,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'Content-Length': '0', ...headers }).end();
}

/** Sends JSON for the host's own pages. */
export function sendJson(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' }).end(JSON.stringify(value));
}

/** Names that Kestrel knows go out in this form; all others in lower case, however the handler wrote them. */
const KNOWN_NAMES = new Map(
  [
    ...['Accept-Ranges', 'Access-Control-Allow-Credentials', 'Access-Control-Allow-Headers'],
    ...['Access-Control-Allow-Methods', 'Access-Control-Allow-Origin', 'Access-Control-Expose-Headers'],
    ...[
      'Access-Control-Max-Age',
      'Age',
      'Allow',
      'Alt-Svc',
      'Cache-Control',
      'Connection',
      'Content-Disposition',
    ],
    ...['Content-Encoding', 'Content-Language', 'Content-Length', 'Content-Location', 'Content-Range'],
    ...['Content-Type', 'Date', 'ETag', 'Expires', 'Keep-Alive', 'Last-Modified', 'Location', 'Pragma'],
    ...['Retry-After', 'Server', 'Set-Cookie', 'Trailer', 'Upgrade', 'Vary', 'Via', 'WWW-Authenticate'],
  ].map((name) => [name.toLowerCase(), name]),
);

function canonicalName(name: string): string {
  return KNOWN_NAMES.get(name.toLowerCase()) ?? name.toLowerCase();
}

function nullable(values: Record<string, string>): Record<string, { value: string }> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]));
}

function bytesOf(body: RpcTypedData | null | undefined): Uint8Array {
  if (body?.bytes) return body.bytes;
  return Buffer.from(body?.string ?? body?.json ?? '');
}

function formatCookie(cookie: RpcHttpCookie): string {
  const parts = [`${encodeURIComponent(cookie.name ?? '')}=${encodeURIComponent(cookie.value ?? '')}`];
  const expires = cookie.expires?.value;
  if (expires) parts.push(`expires=${new Date(expires.seconds * 1000).toUTCString()}`);
  if (cookie.maxAge?.value !== undefined) parts.push(`max-age=${cookie.maxAge.value}`);
  if (cookie.domain?.value) parts.push(`domain=${cookie.domain.value}`);
  parts.push(`path=${cookie.path?.value ?? '/'}`);
  if (cookie.secure?.value) parts.push('secure');
  if (cookie.sameSite && cookie.sameSite !== 'none') {
    parts.push(`samesite=${cookie.sameSite === 'explicitNone' ? 'none' : cookie.sameSite}`);
  }
  if (cookie.httpOnly?.value) parts.push('httponly');
  return parts.join('; ');
}
