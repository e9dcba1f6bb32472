/**
 * @module scripts/host/webhook
 * POST /runtime/webhooks/blobs: where Event Grid sends its handshake and its events, in its own schema and
 * as CloudEvents.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BlobEventListener } from './blob-events.ts';
import { readBody } from './body.ts';
import type { HostContext } from './context.ts';
import { sendEmpty } from './http-rpc.ts';
import type { KeyKind } from './keys.ts';

interface GridEvent {
  eventType?: string;
  /** Where a CloudEvent has its eventType. */
  type?: string;
  data?: { url?: string; eTag?: string; validationCode?: string };
}

/**
 * Answers a request under /runtime/webhooks. `kind` is 'master' when no key is asked for. Events are
 * answered with 202 before they run; the handshake doesn't look at functionName, as in the real host.
 */
export async function answerWebhook(
  host: HostContext,
  listeners: BlobEventListener[],
  request: IncomingMessage,
  response: ServerResponse,
  { path, url, kind }: { path: string; url: URL; kind: KeyKind },
): Promise<void> {
  if (!/^\/runtime\/webhooks\/blobs\/?$/i.test(path)) return sendEmpty(response, 404);
  if (kind === undefined) return sendEmpty(response, 401, { 'WWW-Authenticate': 'Bearer' });
  if (kind === 'function') return sendEmpty(response, 403);
  if (request.method === 'OPTIONS' && request.headers['webhook-request-origin']) {
    return sendEmpty(response, 200, { 'Webhook-Allowed-Origin': 'eventgrid.azure.net' });
  }
  if (request.method !== 'POST') return sendEmpty(response, 400);

  const body = await readBody(request);
  const type = String(request.headers['aeg-event-type'] ?? '').toLowerCase();
  if (type === 'unsubscribe') return sendEmpty(response, 202);
  if (type !== 'subscriptionvalidation' && type !== 'notification') return sendEmpty(response, 400);
  let events: GridEvent[];
  try {
    events = [JSON.parse(body.toString('utf8'))].flat();
  } catch (error) {
    host.log.error(`The webhook got a body that is not JSON: ${(error as Error).message}`);
    return sendEmpty(response, 500);
  }
  if (type === 'subscriptionvalidation') {
    const answer = { validationResponse: events[0]?.data?.validationCode };
    response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8' }).end(JSON.stringify(answer));
    return;
  }
  const functionName = url.searchParams.get('functionName') ?? '';
  const listener = listeners.find(
    (candidate) => `Host.Functions.${candidate.function.name}` === functionName,
  );
  if (!listener) {
    host.log.error(
      `The webhook got events for functionName '${functionName}', which is no blob function with source EventGrid. Such a name looks like Host.Functions.convert.`,
    );
    return sendEmpty(response, 404);
  }
  for (const event of events) acceptEvent(listener, event);
  sendEmpty(response, 202);
}

function acceptEvent(listener: BlobEventListener, event: GridEvent): void {
  if ((event.eventType ?? event.type) !== 'Microsoft.Storage.BlobCreated') return;
  const place = listener.locate(event.data?.url ?? '');
  if (place) listener.accept({ ...place, etag: event.data?.eTag ?? '' });
}
