/**
 * @module tests/unit/functions/http/requests
 * Requests and contexts as the Functions library makes them.
 */
import { HttpRequest, InvocationContext, type LogLevel } from '@azure/functions';

export interface RequestOptions {
  method?: string;
  headers?: Record<string, string>;
  body?: Uint8Array | string;
}

/** A POST to classify, unless told otherwise. A header that isn't given isn't there. */
export function requestOf({ method = 'POST', headers = {}, body }: RequestOptions): HttpRequest {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  return new HttpRequest({
    method,
    url: 'http://localhost:7071/api/classify',
    headers,
    ...(bytes && { body: { bytes } }),
  });
}

export interface LogLine {
  level: LogLevel;
  text: string;
}

/** A context that keeps what is logged. */
export function contextOf(lines: LogLine[] = []): InvocationContext {
  return new InvocationContext({
    functionName: 'classify',
    invocationId: 'test',
    logHandler: (level, ...parts) => lines.push({ level, text: parts.map(String).join(' ') }),
  });
}

/** A form, written as the lines of its head and the content of each part. */
export function formOf(
  parts: readonly (readonly [head: string, content: Uint8Array | string])[],
  boundary = 'B',
) {
  const written = parts.flatMap(([head, content]) => [
    Buffer.from(`--${boundary}\r\n${head}\r\n\r\n`),
    Buffer.from(content as Uint8Array),
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...written, Buffer.from(`--${boundary}--\r\n`)]);
}
