/**
 * @module scripts/host/body
 * Reads request bodies up to the host's limit.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Bytes of a body that the real host lets in (100 MiB). */
export const BODY_LIMIT = 104_857_600;

/** How long a client may go on sending a body that was refused, before its connection is cut. */
const DRAIN_MS = 5000;

export class BodyTooLargeError extends Error {
  constructor() {
    super(`Request body too large. The max request body size is ${BODY_LIMIT} bytes.`);
  }
}

/** The whole body. Throws {@link BodyTooLargeError} as soon as the limit is known to be passed. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > BODY_LIMIT) throw new BodyTooLargeError();
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    length += chunk.length;
    if (length > BODY_LIMIT) throw new BodyTooLargeError();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

/**
 * Answers a body that is too large: 500, empty, `Connection: close`. Headers go out at once, but the
 * connection stays until the client has sent the rest (or five seconds): closing on unread bytes resets
 * the connection, and the client may lose the answer.
 */
export function refuseBody(request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(500, { 'Content-Length': '0', Connection: 'close' });
  response.flushHeaders();
  const finish = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(finish, DRAIN_MS);
  request.once('end', finish).once('close', finish).resume();
}
