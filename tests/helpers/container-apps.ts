/**
 * @module tests/helpers/container-apps
 * A server with the part of Azure Resource Manager that knows a Container Apps job, and the endpoint where a managed
 * identity gets its token. It does what it was told to: refuse, throttle, be slow, or hang up after the work is done.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export const SUBSCRIPTION = '34adfa4f-cedf-4dc0-ba29-b6d1a69ab345';
export const GROUP = 'rg-pawprint';
export const JOB = 'job-train';
export const TOKEN = 'a-token-for-resource-manager';
const BASE = `/subscriptions/${SUBSCRIPTION}/resourceGroups/${GROUP}/providers/Microsoft.App/jobs/${JOB}`;

export interface FakeExecution {
  name: string;
  status: string;
  startTime: string;
  endTime?: string;
  /** What the start sent along. */
  template?: { containers: { name: string; env?: { name: string; value?: string }[] }[] };
}

/** What became of a request: answered as it should be, with another status, or not at all. */
export type Behaviour =
  | 'answer'
  | { status: number; headers?: Record<string, string>; code?: string }
  /** The work is done, and the connection is cut instead of an answer. */
  | 'lose the answer'
  | { delayMs: number }
  /** The work is done, and the answer comes later. */
  | { answerAfterMs: number };

export type Operation = 'get' | 'start' | 'list' | 'stop' | 'operation' | 'token';

export interface FakeContainerApps {
  /** For RETRAIN_ARM_ENDPOINT. */
  endpoint: string;
  /** What App Service gives an app with an identity. */
  identity: { IDENTITY_ENDPOINT: string; IDENTITY_HEADER: string };
  executions: FakeExecution[];
  /** Every request, as `start` or `stop job-train-1`. */
  requests: string[];
  /** How the next requests of an operation are answered; then as they should be. */
  next(operation: Operation, ...behaviours: Behaviour[]): void;
  /** Client ids that tokens were asked for. */
  clientIds: (string | null)[];
  /** How many executions were started by the API. */
  readonly started: number;
  /** What the service says of an execution from now on. */
  set(name: string, status: string, times?: Partial<FakeExecution>): void;
  stop(): Promise<void>;
}

/** `tagsAreListed: false`: the list leaves out what a start sent along. */
export async function startContainerApps({
  tagsAreListed = true,
  now = () => new Date(),
}: {
  tagsAreListed?: boolean;
  now?: () => Date;
} = {}): Promise<FakeContainerApps> {
  const executions: FakeExecution[] = [];
  const requests: string[] = [];
  const clientIds: (string | null)[] = [];
  const planned = new Map<Operation, Behaviour[]>();
  let started = 0;

  const server = createServer((request, response) => {
    void serve(request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', endpoint);
    const body = await readBody(request);
    const { operation, name } = operationOf(request.method ?? '', url.pathname);
    requests.push(name === undefined ? operation : `${operation} ${name}`);
    const behaviour = planned.get(operation)?.shift() ?? 'answer';
    if (typeof behaviour === 'object' && 'delayMs' in behaviour) {
      await new Promise((resolve) => setTimeout(resolve, behaviour.delayMs));
    }
    if (typeof behaviour === 'object' && 'status' in behaviour) {
      const { status, headers, code = 'Refused' } = behaviour;
      return send(response, status, { error: { code, message: `the fake says ${status}` } }, headers);
    }
    if (operation === 'token') {
      clientIds.push(url.searchParams.get('client_id'));
      if (request.headers['x-identity-header'] !== 'secret') return send(response, 401, {});
      const expiresOn = Math.floor(Date.now() / 1000) + 3600;
      return send(response, 200, {
        access_token: TOKEN,
        expires_on: String(expiresOn),
        resource: url.searchParams.get('resource'),
        token_type: 'Bearer',
      });
    }
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return send(response, 401, {});
    if (!url.searchParams.has('api-version') && operation !== 'operation') return send(response, 400, {});
    const [status, answer, headers] = work(operation, name, body);
    if (behaviour === 'lose the answer') {
      response.destroy();
      return;
    }
    if (typeof behaviour === 'object' && 'answerAfterMs' in behaviour) {
      await new Promise((resolve) => setTimeout(resolve, behaviour.answerAfterMs));
    }
    send(response, status, answer, headers);
  }

  function work(
    operation: Operation,
    name: string | undefined,
    body: string,
  ): [number, unknown, Record<string, string>?] {
    if (operation === 'get') return [200, theJob()];
    if (operation === 'operation') return [200, {}];
    if (operation === 'list') {
      const value = executions.map(({ template, ...rest }) => ({
        ...rest,
        ...(tagsAreListed && template && { template }),
      }));
      return [200, { value: value.map(({ name: id, ...rest }) => ({ name: id, id, properties: rest })) }];
    }
    const location = { location: `${endpoint}${BASE}/operationresults/1?api-version=2025-07-01` };
    if (operation === 'start') {
      started++;
      const execution: FakeExecution = {
        name: `${JOB}-${started}`,
        status: 'Running',
        startTime: now().toISOString(),
      };
      if (body !== '') execution.template = JSON.parse(body);
      executions.push(execution);
      return [202, { name: execution.name, id: `${BASE}/executions/${execution.name}` }, location];
    }
    const execution = executions.find((one) => one.name === name);
    if (execution === undefined) return [404, { error: { code: 'NotFound', message: 'no such execution' } }];
    if (execution.status === 'Running') execution.status = 'Stopped';
    return [202, {}, location];
  }

  return {
    endpoint,
    identity: { IDENTITY_ENDPOINT: `${endpoint}/msi/token`, IDENTITY_HEADER: 'secret' },
    executions,
    requests,
    clientIds,
    next(operation, ...behaviours) {
      planned.set(operation, [...(planned.get(operation) ?? []), ...behaviours]);
    },
    get started() {
      return started;
    },
    set(name, status, times = {}) {
      Object.assign(executions.find((one) => one.name === name)!, { status, ...times });
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function operationOf(method: string, path: string): { operation: Operation; name?: string } {
  if (path === '/msi/token') return { operation: 'token' };
  if (!path.startsWith(BASE)) throw new Error(`${method} ${path} is of another job`);
  const rest = path.slice(BASE.length);
  const stopped = /^\/executions\/([^/]+)\/stop$/.exec(rest);
  if (method === 'POST' && stopped) return { operation: 'stop', name: stopped[1]! };
  if (method === 'POST' && rest === '/start') return { operation: 'start' };
  if (method === 'GET' && rest === '') return { operation: 'get' };
  if (method === 'GET' && rest === '/executions') return { operation: 'list' };
  if (method === 'GET' && rest.startsWith('/operationresults/')) return { operation: 'operation' };
  throw new Error(`${method} ${path} is not known`);
}

function theJob() {
  const container = {
    name: 'train',
    image: 'cr.example.org/train:1',
    env: [{ name: 'TRAIN_DATA', value: 'datasets/pets/' }],
    resources: { cpu: 8, memory: '56Gi' },
  };
  return {
    name: JOB,
    location: 'westeurope',
    properties: { template: { containers: [container] }, provisioningState: 'Succeeded' },
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
