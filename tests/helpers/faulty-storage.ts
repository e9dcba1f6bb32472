/**
 * @module tests/helpers/faulty-storage
 * A line to Azurite on which things go wrong: an HTTP proxy that numbers every call and, at the one that the test
 * names, answers with an error, drops the connection, or lets the call have its effect and loses the answer.
 */
import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { BlobServiceClient } from '@azure/storage-blob';
import { Storage } from '../../core/storage/storage.ts';
import type { RunningAzurite } from '../../scripts/azurite.ts';

export type Fault =
  | 'error 500'
  | 'precondition 412'
  | 'connection lost before'
  | 'no answer'
  | 'answer lost'
  | 'answer cut off';

export interface Call {
  method: string;
  /** `container/path`, and what is asked of it where that isn't the blob: `registry?comp=list`. */
  target: string;
}

export interface FaultyStorage {
  /** Like Azurite's own, by way of the proxy. */
  connectionString: string;
  /** Every call since `begin`, in the order in which they came. */
  readonly calls: readonly Call[];
  /** Forgets the calls so far. The `at`th from now on, counted from 0, meets `fault`; without it all goes well. */
  begin(plan?: { at: number; fault: Fault }): void;
  /** Asked before each call; false leaves it without effect and answer, as a process sees it that is dying. */
  guard: ((index: number) => boolean) | undefined;
  /** Whether the fault that was planned has happened. */
  readonly happened: boolean;
  stop(): Promise<void>;
}

export async function startFaultyStorage({
  ports,
  connectionString,
}: RunningAzurite): Promise<FaultyStorage> {
  const agent = new Agent({ keepAlive: true });
  let calls: Call[] = [];
  let plan: { at: number; fault: Fault } | undefined;
  let happened = false;

  const answer = async (incoming: IncomingMessage, response: ServerResponse) => {
    const index = calls.push(callOf(incoming)) - 1;
    const body = await readAll(incoming);
    if (proxy.guard !== undefined && !proxy.guard(index)) return;
    const fault = plan?.at === index ? plan.fault : undefined;
    happened ||= fault !== undefined;
    if (fault === 'connection lost before') return void incoming.socket.destroy();
    // The connection stays open, and nothing ever comes.
    if (fault === 'no answer') return;
    if (fault === 'error 500') return sendError(response, 500, 'InternalError');
    if (fault === 'precondition 412') return sendError(response, 412, 'ConditionNotMet');
    const upstream = await forward(incoming, body);
    const content = await readAll(upstream);
    if (fault === 'answer lost') return void incoming.socket.destroy();
    response.writeHead(upstream.statusCode!, upstream.headers);
    if (fault !== 'answer cut off') return void response.end(content);
    // The headers have come, and promise more than does.
    response.write(content.subarray(0, content.length >> 1), () => incoming.socket.destroy());
  };

  const forward = async ({ method, url, rawHeaders }: IncomingMessage, body: Buffer) => {
    // As they came, Host too: the signature is about them.
    const outgoing = request({
      host: '127.0.0.1',
      port: ports.blob,
      method,
      path: url,
      headers: rawHeaders,
      agent,
    });
    outgoing.end(body);
    return ((await once(outgoing, 'response')) as [IncomingMessage])[0];
  };

  const server = createServer((incoming, response) => {
    answer(incoming, response).catch(() => incoming.socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  const proxy: FaultyStorage = {
    connectionString: connectionString.replace(
      /BlobEndpoint=[^;]*:\d+/,
      `BlobEndpoint=http://127.0.0.1:${port}`,
    ),
    get calls() {
      return calls;
    },
    get happened() {
      return happened;
    },
    guard: undefined,
    begin(next) {
      calls = [];
      plan = next;
      happened = false;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      agent.destroy();
      await once(server, 'close');
    },
  };
  return proxy;
}

/**
 * Storage whose calls are tried so often by the SDK: once, as when all tries fail, or twice, without a pause. An
 * operation is given up after `patienceMs`; without it, as in earnest.
 */
export function storageWithTries(connectionString: string, maxTries: number, patienceMs?: number): Storage {
  const retryOptions = { maxTries, retryDelayInMs: 1, maxRetryDelayInMs: 1 };
  const patience = patienceMs === undefined ? undefined : { document: patienceMs, file: patienceMs };
  return new Storage(BlobServiceClient.fromConnectionString(connectionString, { retryOptions }), patience);
}

function callOf({ method, url }: IncomingMessage): Call {
  const { pathname, searchParams } = new URL(url!, 'http://localhost');
  const target = decodeURIComponent(pathname).split('/').slice(2).join('/');
  const comp = searchParams.get('comp');
  return { method: method!, target: comp === null ? target : `${target}?comp=${comp}` };
}

async function readAll(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function sendError(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'x-ms-error-code': code, 'content-type': 'application/xml' });
  response.end(
    `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>by the test</Message></Error>`,
  );
}
