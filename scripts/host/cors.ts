/**
 * @module scripts/host/cors
 * Cross-origin answers for the origins in `Host.CORS` of local.settings.json, as `func start` gives them.
 * On Azure the front end does this; a self-hosted host does nothing, and so does this one without the setting.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendEmpty } from './http-rpc.ts';

/** Adds what a browser asks for. Returns true when the request was a preflight and has been answered. */
export function answerCors(origins: string[], request: IncomingMessage, response: ServerResponse): boolean {
  const { origin } = request.headers;
  const anyOrigin = origins.includes('*');
  if (origin === undefined || !(anyOrigin || origins.includes(origin))) return false;
  response.setHeader('Access-Control-Allow-Origin', anyOrigin ? '*' : origin);
  if (!anyOrigin) response.setHeader('Vary', 'Origin');
  const method = request.headers['access-control-request-method'];
  if (request.method !== 'OPTIONS' || method === undefined) return false;
  const headers = request.headers['access-control-request-headers'];
  sendEmpty(response, 204, {
    'Access-Control-Allow-Methods': method,
    ...(headers && { 'Access-Control-Allow-Headers': headers }),
  });
  return true;
}
