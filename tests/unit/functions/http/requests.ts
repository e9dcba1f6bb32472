/**
 * @module tests/unit/functions/http/requests
 * Requests and contexts as the Functions library makes them.
 */
import { HttpRequest, InvocationContext, type LogLevel } from '@azure/functions';
import { PawprintError } from '../../../../core/errors.ts';
import { readPhotographs } from '../../../../functions/http/photograph.ts';

export interface RequestOptions {
  method?: string;
  headers?: Record<string, string>;
  body?: Uint8Array | string;
  query?: Record<string, string>;
  params?: Record<string, string>;
}

/** A POST to classify, unless told otherwise. A header that isn't given isn't there. */
export function requestOf({
  method = 'POST',
  headers = {},
  body,
  query = {},
  params = {},
}: RequestOptions): HttpRequest {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  return new HttpRequest({
    method,
    url: 'http://localhost:7071/api/classify',
    headers,
    query,
    params,
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

/** The one photograph of a request to classify. */
export async function photographOf(options: RequestOptions): Promise<Uint8Array> {
  const photographs = await readPhotographs(requestOf(options));
  if (photographs.length !== 1) throw new Error(`It has ${photographs.length} photographs.`);
  return photographs[0]!.content();
}

/** The status and words of the refusal of a request. Any error that isn't on purpose fails the test. */
export async function refusalOf(options: RequestOptions): Promise<{ status: number; message: string }> {
  const error = await photographOf(options).catch((thrown: unknown) => thrown);
  if (!(error instanceof PawprintError)) throw error;
  return { status: error.status, message: error.message };
}
