/**
 * @module tests/unit/clients/stand-in
 * A stand-in for the service: it answers what a test says, one answer after the other, and keeps what came.
 */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StandInAnswer {
  /** 0 breaks the connection, -1 never answers. */
  status: number;
  headers?: Record<string, string>;
  /** A string goes out as it is, all else as JSON. */
  body?: unknown;
}

export interface StandIn {
  url: string;
  received: { method: string; url: string; headers: IncomingHttpHeaders; body: Buffer; at: number }[];
  close(): Promise<void>;
}

/** Starts it; the last answer is for good. */
export async function startStandIn(...answers: StandInAnswer[]): Promise<StandIn> {
  const received: StandIn['received'] = [];
  const server = createServer(async (request, response) => {
    const at = performance.now();
    const body = Buffer.concat(await request.toArray());
    received.push({ method: request.method!, url: request.url!, headers: request.headers, body, at });
    const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
    if (answer.status === -1) return;
    if (answer.status === 0) return void request.socket.destroy();
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    response.writeHead(answer.status, answer.headers).end(text);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
