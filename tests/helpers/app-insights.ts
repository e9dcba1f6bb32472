/**
 * @module tests/helpers/app-insights
 * What Application Insights is to an app: an endpoint over HTTPS that takes envelopes, and an identity endpoint that gives
 * tokens for it.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** A row as it is sent, as far as tests look at it. */
export interface Envelope {
  name: string;
  tags: Record<string, string>;
  data: {
    baseType: string;
    baseData: {
      name?: string;
      id?: string;
      type?: string;
      properties?: Record<string, string>;
      metrics?: { name: string; value: number }[];
    };
  };
}

export interface AppInsights {
  /** Settings of an app that sends here. */
  settings: Record<string, string>;
  /** What came, in order. */
  envelopes: Envelope[];
  /** Bodies as they came, unpacked. */
  bodies: string[];
  /** `authorization` of each call. */
  authorizations: (string | undefined)[];
  /** Queries that the identity endpoint was asked with. */
  asked: string[];
  /** Status with which it answers from now on. */
  status: number;
  close(): Promise<void>;
}

const TOKEN = 'a-token-for-monitor';

/** Starts both endpoints. `clientId` is that of the identity that is to sign in. */
export async function startAppInsights({ clientId }: { clientId: string }): Promise<AppInsights> {
  const folder = mkdtempSync(join(tmpdir(), 'pawprint-insights-'));
  const [keyFile, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const files = ['-keyout', keyFile, '-out', certificate];
  execFileSync('openssl', ['req', '-x509', ...kind, ...subject, ...files], { stdio: 'ignore' });

  const ingestion = createServer(
    { key: readFileSync(keyFile), cert: readFileSync(certificate) },
    async (request, response) => {
      const text = await bodyOf(request);
      insights.authorizations.push(request.headers.authorization);
      insights.bodies.push(text);
      const rows = text.startsWith('[') ? JSON.parse(text) : text.split('\n').map((row) => JSON.parse(row));
      if (insights.status === 200) insights.envelopes.push(...rows);
      const answer = { itemsReceived: rows.length, itemsAccepted: rows.length, errors: [] };
      response.writeHead(insights.status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    },
  ).listen(0, '127.0.0.1');
  const identity = createHttpServer((request, response) => {
    insights.asked.push(new URL(request.url!, 'http://localhost').search);
    const expires = Math.floor(Date.now() / 1000) + 3600;
    const token = { access_token: TOKEN, expires_on: String(expires), token_type: 'Bearer' };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(token));
  }).listen(0, '127.0.0.1');
  await Promise.all([once(ingestion, 'listening'), once(identity, 'listening')]);
  const portOf = (server: typeof ingestion | typeof identity) => (server.address() as AddressInfo).port;

  const insights: AppInsights = {
    settings: {
      NODE_EXTRA_CA_CERTS: certificate,
      APPLICATIONINSIGHTS_CONNECTION_STRING: `InstrumentationKey=00000000-1111-2222-3333-444444444444;IngestionEndpoint=https://localhost:${portOf(ingestion)}/`,
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: `ClientId=${clientId};Authorization=AAD`,
      IDENTITY_ENDPOINT: `http://127.0.0.1:${portOf(identity)}/msi/token`,
      IDENTITY_HEADER: 'a-header',
    },
    envelopes: [],
    bodies: [],
    authorizations: [],
    asked: [],
    status: 200,
    async close() {
      for (const server of [ingestion, identity]) {
        server.closeAllConnections();
        server.close();
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return insights;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  return (request.headers['content-encoding'] === 'gzip' ? gunzipSync(bytes) : bytes).toString();
}
