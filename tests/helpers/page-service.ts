/**
 * @module tests/helpers/page-service
 * The page for people, as the function answers it, above a stand-in for the rest of the service: it answers what a test
 * says, and keeps what the browser sent, byte by byte.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { HttpResponseInit } from '@azure/functions';
import { ROOT, runNode } from './processes.ts';

export interface Received {
  headers: IncomingMessage['headers'];
  body: Buffer;
}

export interface StandIn {
  /** 0 ends the connection without an answer. */
  status?: number;
  headers?: Record<string, string>;
  /** Becomes JSON. */
  body?: unknown;
  delayMs?: number;
}

export interface PageService {
  /** Of the page. */
  url: string;
  /** What was sent to a route, as `POST classify`, in order. */
  received(route: string): Received[];
  /** How a route answers, one after the other; the last one for good. */
  answer(route: string, ...answers: StandIn[]): void;
  /** Forgets answers and what was received. */
  reset(): void;
  close(): Promise<void>;
}

export async function startPageService(): Promise<PageService> {
  await bundlePage();
  const appPage = await importPage();
  const answers = new Map<string, StandIn[]>();
  const received = new Map<string, Received[]>();
  const server = createServer(async (request, response) => {
    const route = `${request.method} ${request.url!.replace(/^\/api\//, '')}`;
    if (/^GET app\/?$/.test(route)) return sendPage(response, await appPage());
    const body = Buffer.concat(await request.toArray());
    received.set(route, [...(received.get(route) ?? []), { headers: request.headers, body }]);
    const left = answers.get(route);
    const answer = left && left.length > 1 ? left.shift() : left?.[0];
    await sendAnswer(response, answer ?? { status: 404 });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/app`,
    received: (route) => received.get(route) ?? [],
    answer: (route, ...given) => void answers.set(route, given),
    reset() {
      answers.clear();
      received.clear();
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Puts script and style where the build would. esbuild works outside of Jest only. */
async function bundlePage(): Promise<void> {
  const script = pathToFileURL(join(ROOT, 'scripts', 'build', 'page-assets.ts')).href;
  const code = `import { bundlePage } from '${script}'; console.log(JSON.stringify(await bundlePage())); process.exit();`;
  const assets = JSON.parse(await runNode(['--input-type=module', '--eval', code]));
  Object.assign(globalThis, { PAWPRINT_PAGE_ASSETS: assets });
}

/** The library of Azure Functions warns that no host is there. */
async function importPage() {
  const warn = jest.spyOn(console, 'warn').mockImplementation(() => {});
  try {
    return (await import('../../functions/app.ts')).appPage;
  } finally {
    warn.mockRestore();
  }
}

function sendPage(response: ServerResponse, { headers, body }: HttpResponseInit): void {
  response.writeHead(200, headers as Record<string, string>).end(body);
}

async function sendAnswer(
  response: ServerResponse,
  { status = 200, headers = {}, body, delayMs = 0 }: StandIn,
): Promise<void> {
  if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
  if (status === 0) {
    response.destroy();
    return;
  }
  const isEmpty = body === undefined;
  const type = status < 400 ? 'application/json' : 'application/problem+json';
  response.writeHead(status, { ...(isEmpty ? {} : { 'content-type': type }), ...headers });
  response.end(isEmpty ? undefined : JSON.stringify(body));
}
