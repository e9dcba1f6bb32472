/**
 * @module scripts/bench-load/client
 * Asks a service over HTTP and notes how long the answer took: as little work as can be, on connections that stay open.
 */
import { Agent, request } from 'node:http';

export interface Answered {
  /** 0 where no answer came. */
  status: number;
  /** From the first byte sent to the last one that came. */
  milliseconds: number;
  retryAfter: string | undefined;
  /** The answer itself, as text. */
  body: string;
}

export interface Client {
  ask(path: string, photograph?: Uint8Array): Promise<Answered>;
  close(): void;
}

/** More at once would fill the queue of connections that the system keeps for a service: it tries again after 1, 3, 7 s. */
const MOST_CONNECTIONS = 256;

export function openClient(url: string): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: MOST_CONNECTIONS });
  const ask: Client['ask'] = (path, photograph) =>
    new Promise((resolve) => {
      let start = Number.NaN;
      const end = (status: number, body: string, retryAfter?: string) =>
        resolve({ status, milliseconds: performance.now() - start, retryAfter, body });
      const headers = photograph && { 'content-type': 'image/jpeg', 'content-length': photograph.byteLength };
      const asked = request(`${url}${path}`, {
        agent,
        method: photograph ? 'POST' : 'GET',
        headers: headers ?? {},
      });
      asked.on('response', (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (part) => (body += part));
        response.on('end', () => end(response.statusCode ?? 0, body, response.headers['retry-after']));
        response.on('error', (error) => end(0, error.message));
      });
      asked.on('error', (error) => end(0, error.message));
      // A connection that is still to be made isn't the service's time.
      asked.once('socket', (socket) => {
        const begin = () => {
          start = performance.now();
          asked.end(photograph);
        };
        if (socket.connecting) socket.once('connect', begin);
        else begin();
      });
    });
  return { ask, close: () => agent.destroy() };
}
