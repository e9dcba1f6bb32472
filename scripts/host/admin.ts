/**
 * @module scripts/host/admin
 * The pages under /admin: ping, status, the list of functions, and running one by hand.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from './body.ts';
import type { HostContext, HostFunction, Listener } from './context.ts';
import { sendEmpty, sendJson } from './http-rpc.ts';
import type { KeyKind } from './keys.ts';
import type { Router } from './router.ts';

export interface AdminPages {
  host: HostContext;
  functions: HostFunction[];
  listeners: Listener[];
  router: Router;
  /** Text of the fault that keeps every function from running. */
  fatal: string | undefined;
}

/** Answers a request under /admin. `kind` is undefined when no valid key came, 'master' when none is asked for. */
export async function answerAdmin(
  pages: AdminPages,
  request: IncomingMessage,
  response: ServerResponse,
  { path, kind, origin }: { path: string; kind: KeyKind; origin: string },
): Promise<void> {
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const [, , area, name, page] = path.replace(/\/$/, '').split('/');
  const route = `${method} ${area?.toLowerCase()}`;
  if (area?.toLowerCase() === 'host' && name?.toLowerCase() === 'ping') {
    return sendEmpty(response, 200, { 'Cache-Control': 'no-store,no-cache' });
  }
  if (kind === undefined) return sendEmpty(response, 401, { 'WWW-Authenticate': 'Bearer' });
  if (kind !== 'master') return sendEmpty(response, 403);
  if (route === 'GET host' && name?.toLowerCase() === 'status' && !page)
    return sendJson(response, status(pages));
  if (route === 'GET functions' && !name) {
    return sendJson(
      response,
      pages.functions.map((target) => describeFunction(pages, target, origin)),
    );
  }
  const target = pages.functions.find((candidate) => candidate.name.toLowerCase() === name?.toLowerCase());
  if (!target) return sendEmpty(response, 404);
  if (route === 'GET functions' && !page) return sendJson(response, describeFunction(pages, target, origin));
  if (route === 'GET functions' && page === 'status') {
    return sendJson(response, target.errors.length > 0 ? { errors: target.errors } : {});
  }
  if (route === 'POST functions' && !page) return runByHand(pages, target, request, response);
  return sendEmpty(response, 404);
}

/** 202 before the run ends. `input` is a blob's `container/path`, a queue message's text, nothing for a timer. */
async function runByHand(
  { host, listeners }: AdminPages,
  target: HostFunction,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request);
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) return sendEmpty(response, 415);
  const listener = listeners.find((candidate) => candidate.function === target);
  if (!listener) return sendEmpty(response, 404);
  let input: unknown;
  try {
    input = JSON.parse(body.toString('utf8') || '{}').input ?? '';
  } catch {
    return sendEmpty(response, 400);
  }
  sendEmpty(response, 202);
  const text = typeof input === 'string' ? input : JSON.stringify(input);
  // A failed run is in the log already; an input that can't be run is not.
  listener
    .trigger(text)
    .catch((error) => host.log.error(`Running '${target.name}' by hand failed: ${error.message}`));
}

function status({ host, fatal }: AdminPages): object {
  return {
    id: host.hostId,
    state: fatal ? 'Error' : 'Running',
    version: '4.1037.0.0',
    versionDetails: 'Pawprint local host',
    platformVersion: '',
    instanceId: '',
    computerName: '',
    ...(fatal && { errors: [fatal] }),
    processUptime: Math.round(process.uptime() * 1000),
    functionAppContentEditingState: 'Unknown',
  };
}

function describeFunction({ router }: AdminPages, target: HostFunction, origin: string): object {
  const route = router.list().find(({ name }) => name === target.name);
  return {
    name: target.name,
    href: `${origin}/admin/functions/${target.name}`,
    invoke_url_template: route ? `${origin}/${route.template.toLowerCase()}` : '',
    language: 'node',
    config: {
      name: target.name,
      language: 'node',
      bindings: Object.entries(target.metadata.bindings).map(([name, binding]) => ({ ...binding, name })),
    },
    isDisabled: target.disabled,
    isDirect: true,
    isProxy: false,
  };
}
