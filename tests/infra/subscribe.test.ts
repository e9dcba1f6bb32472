import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serviceAddress, subscribeToBlobEvents } from '../../scripts/bicep/subscribe.ts';

const TEMPLATE = '/infra/blob-events.bicep';
const KEY = 'c2VjcmV0LWtleQ==';
const PROVISIONED = {
  AZURE_RESOURCE_GROUP: 'rg-pets',
  FUNCTION_APP_NAME: 'func-pets',
  EVENT_TOPIC_NAME: 'evgt-pets',
  HOST_STORAGE_NAME: 'sthostpets',
};

let folder: string;
let app: Server;
let asked: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pawprint-az-'));
  asked = [];
  app = createServer((request, response) => {
    asked.push(request.url!);
    response.writeHead(503).end();
  });
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
});

afterEach(() => {
  app.close();
  app.closeAllConnections();
  rmSync(folder, { recursive: true, force: true });
});

/** An Azure CLI that keeps what it was called with, and fails so often with `error`. */
function fakeAz({ failures, error = '' }: { failures: number; error?: string }) {
  const calls = join(folder, 'calls.jsonl');
  const az = join(folder, 'az');
  writeFileSync(
    az,
    `#!${process.execPath}
const { appendFileSync, readFileSync } = require('node:fs');
appendFileSync(${JSON.stringify(calls)}, JSON.stringify(process.argv.slice(2)) + '\\n');
const count = readFileSync(${JSON.stringify(calls)}, 'utf8').trim().split('\\n').length;
if (count <= ${failures}) {
  console.error(${JSON.stringify(error)});
  process.exit(1);
}
`,
  );
  chmodSync(az, 0o755);
  const callsOf = (): string[][] =>
    existsSync(calls)
      ? readFileSync(calls, 'utf8')
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line))
      : [];
  return { az, callsOf };
}

const subscribe = (az: string, env: Record<string, string> = PROVISIONED, lines: string[] = []) =>
  subscribeToBlobEvents({
    env: { ...env, SERVICE_URL: `http://127.0.0.1:${(app.address() as AddressInfo).port}` },
    template: TEMPLATE,
    log: (line) => lines.push(line),
    az,
    pauses: [1, 1, 1],
  });

// Field case 61.
test('tries again until the app has its key, and wakes it each time', async () => {
  const { az, callsOf } = fakeAz({
    failures: 2,
    error: `Webhook validation handshake failed for https://func-pets/runtime/webhooks/blobs?functionName=Host.Functions.convert&code=${KEY}`,
  });
  const lines: string[] = [];
  await subscribe(az, PROVISIONED, lines);
  expect(callsOf()).toHaveLength(3);
  expect(asked).toEqual(['/api/health', '/api/health', '/api/health']);
  expect(lines).toEqual([
    expect.stringContaining('Not yet (try 1)'),
    expect.stringContaining('Not yet (try 2)'),
    expect.stringContaining('Blob events go to the app'),
  ]);
  expect(lines.join('\n')).not.toContain(KEY);
});

test('deploys the second phase with what was provisioned', async () => {
  const { az, callsOf } = fakeAz({ failures: 0 });
  await subscribe(az, { ...PROVISIONED, AZURE_SUBSCRIPTION_ID: 'of-mine' });
  const [call] = callsOf();
  expect(call!.slice(0, 3)).toEqual(['deployment', 'group', 'create']);
  expect(call).toEqual(
    expect.arrayContaining([
      'rg-pets',
      TEMPLATE,
      'functionAppName=func-pets',
      'eventTopicName=evgt-pets',
      'hostAccountName=sthostpets',
      'of-mine',
    ]),
  );
});

test('wakes the app by its name where no address is set', () => {
  expect(serviceAddress(PROVISIONED)).toBe('https://func-pets.azurewebsites.net');
  expect(serviceAddress({ ...PROVISIONED, SERVICE_URL: 'https://pets.example.org/' })).toBe(
    'https://pets.example.org',
  );
});

test('the parameters are those of the template', () => {
  const template = readFileSync(join(__dirname, '..', '..', 'infra', 'blob-events.bicep'), 'utf8');
  const declared = [...template.matchAll(/^param (\w+) /gm)].map(([, name]) => name);
  expect(declared.toSorted()).toEqual(['eventTopicName', 'functionAppName', 'hostAccountName']);
});

test('gives up with the reason and what is left to do, without the key', async () => {
  const { az, callsOf } = fakeAz({ failures: 9, error: `Internal error of https://x/?code=${KEY}` });
  const failure = subscribe(az);
  await expect(failure).rejects.toThrow(/after 4 tries: Internal error.*azd hooks run postdeploy/s);
  await expect(failure).rejects.not.toThrow(KEY);
  expect(callsOf()).toHaveLength(4);
});

test.each(["Please run 'az login' to setup account.", '(AuthorizationFailed) The client has no right'])(
  'does not try again after: %s',
  async (error) => {
    const { az, callsOf } = fakeAz({ failures: 9, error });
    await expect(subscribe(az)).rejects.toThrow(error);
    expect(callsOf()).toHaveLength(1);
  },
);

test('names what is not set', async () => {
  const { EVENT_TOPIC_NAME: _, ...others } = PROVISIONED;
  await expect(subscribe('az', others)).rejects.toThrow(/^EVENT_TOPIC_NAME is not set.*azd provision/);
});

test('says what to install where there is no Azure CLI', async () => {
  await expect(subscribe(join(folder, 'no-az'))).rejects.toThrow(/Azure CLI \(az\) can't be started/);
});
