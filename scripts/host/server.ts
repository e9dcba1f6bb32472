/**
 * @module scripts/host/server
 * The HTTP side: which of home page, admin pages, webhook and functions answers, and with what right.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { answerAdmin } from './admin.ts';
import { BlobEventListener } from './blob-events.ts';
import { BodyTooLargeError, readBody, refuseBody } from './body.ts';
import type { HostContext } from './context.ts';
import { answerCors } from './cors.ts';
import type { IndexedFunctions } from './functions.ts';
import { sendEmpty, sendRpcResponse, toRpcRequest } from './http-rpc.ts';
import { CALLED_OVER_HTTP, invoke } from './invoke.ts';
import type { KeyRing } from './key-file.ts';
import { identifyKey, type KnownKey, keyOf, opensFunction } from './keys.ts';
import { describe } from './log.ts';
import type { Match } from './router.ts';
import { decodePath } from './routes.ts';
import type { RpcTypedData } from './rpc.ts';
import { Throttle } from './throttle.ts';
import { answerWebhook } from './webhook.ts';

const HOME_PAGE = `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Your Azure Function App is up and running.</title></head>
<body><h1>Your Azure Function App is up and running.</h1><p>This is the local host: for development and tests.</p></body>
</html>
`;

export type HandleRequest = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Makes the handler of every request. Without `keys`, none is asked for. */
export function makeRequestHandler(
  host: HostContext,
  indexed: IndexedFunctions,
  { keys, corsOrigins }: { keys: KeyRing | undefined; corsOrigins: string[] },
): HandleRequest {
  const { hostJson, log, stopping } = host;
  const throttle = new Throttle({
    maxOutstanding: hostJson.maxOutstandingRequests,
    maxConcurrent: hostJson.maxConcurrentRequests,
  });
  const eventListeners = indexed.listeners.filter((listener) => listener instanceof BlobEventListener);

  return async (request, response) => {
    for (const [name, value] of Object.entries(hostJson.customHeaders)) response.setHeader(name, value);
    if (stopping.aborted) response.setHeader('Connection', 'close');
    if (answerCors(corsOrigins, request, response)) return;
    const origin = `http://${request.headers.host ?? 'localhost'}`;
    if (!URL.canParse(origin)) return sendEmpty(response, 400);
    // Not `new URL(path, origin)`: that reads //api/ok as the host "api".
    const [rawPath = '', search] = (request.url ?? '/').split(/\?(.*)/s);
    const url = new URL(origin);
    url.pathname = rawPath;
    url.search = search ?? '';
    const path = decodePath(rawPath);
    const presented = keyOf(request, url.searchParams);
    const known = keys && identifyKey(keys.current(), presented);
    const kind = keys ? known?.kind : 'master';
    try {
      if (path === '/' && (request.method === 'GET' || request.method === 'HEAD')) sendHome(response);
      else if (/^\/admin(\/|$)/i.test(path)) {
        await answerAdmin({ host, ...indexed }, request, response, { path, kind, origin });
      } else if (/^\/runtime\/webhooks\//i.test(path)) {
        await answerWebhook(host, eventListeners, request, response, { path, url, kind });
      } else if (indexed.fatal) {
        response.writeHead(503, { 'Content-Type': 'text/plain' }).end('Function host is not running.');
      } else {
        const match = indexed.router.find(request.method ?? '', path);
        if (!match) sendEmpty(response, 404);
        else if (!opensFunction(match.function.trigger.authLevel ?? 'function', kind)) {
          log.warn(describeRefusal(match.function.name, presented, known));
          sendEmpty(response, 401);
        } else {
          if (known) log.info(describeUse(match.function.name, known));
          const accepted = await throttle.run(() => answerFunction(host, match, url, request, response));
          if (!accepted) sendEmpty(response, 429, { 'X-Function-Scaleout': '1' });
        }
      }
    } catch (error) {
      answerFault(request, response, error);
    }
  };

  function answerFault(request: IncomingMessage, response: ServerResponse, error: unknown): void {
    if (error instanceof BodyTooLargeError) {
      log.error(`${error.message}\nException binding parameter 'httpTrigger'.`);
      refuseBody(request, response);
      return;
    }
    // A client that hung up while sending is nobody's fault.
    if (request.destroyed && !request.complete) return;
    log.error(describe(error));
    if (response.headersSent) response.destroy();
    else sendEmpty(response, 500);
  }
}

async function answerFunction(
  host: HostContext,
  { function: target, params }: Match,
  url: URL,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request);
  let value: RpcTypedData | null | undefined;
  try {
    const data = toRpcRequest(request, url, params, body);
    value = (await invoke(host, target, { data, reason: CALLED_OVER_HTTP })).returnValue;
  } catch {
    // In the log already. Nothing of it goes to the client: headers of the handler are lost too.
    return sendEmpty(response, 500);
  }
  if (host.stopping.aborted) response.setHeader('Connection', 'close');
  sendRpcResponse(response, value);
}

/** Names the key, never its value: who asked, and who still has a key that will end. */
function describeUse(functionName: string, { name, until }: KnownKey): string {
  const former = until === undefined ? '' : ` (the former one, good until ${until})`;
  return `'${functionName}' is called with the key '${name}'${former}`;
}

function describeRefusal(
  functionName: string,
  presented: string | undefined,
  known: KnownKey | undefined,
): string {
  const what = known ? `the key '${known.name}'` : presented === undefined ? 'no key' : 'a wrong key';
  return `'${functionName}' was called with ${what}, and answers 401`;
}

function sendHome(response: ServerResponse): void {
  const length = Buffer.byteLength(HOME_PAGE);
  response.writeHead(200, { 'Content-Type': 'text/html', 'Content-Length': length }).end(HOME_PAGE);
}
