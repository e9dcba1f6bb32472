/**
 * @module tests/host/storage
 * Blob, queue and timer triggers against Azurite. With HOST_URL, AzureWebJobsStorage names the account of
 * the running host, whose MODELS must be the same and whose SCAN_CONTAINER must be `models`.
 */
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { startAzurite } from '../../scripts/azurite.ts';
import {
  call,
  decode,
  itLocally,
  messagesOf,
  post,
  runsOf,
  startOrUseHost,
  startTestHost,
  until,
  untilCount,
} from './harness.ts';

let url = '';
let env: Record<string, string> = {};
let blobs: BlobServiceClient;
let queues: QueueServiceClient;
const cleanUp: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const connectionString = process.env.HOST_URL ? process.env.AzureWebJobsStorage! : await startStorage();
  blobs = BlobServiceClient.fromConnectionString(connectionString);
  queues = QueueServiceClient.fromConnectionString(connectionString);
  env = {
    AzureWebJobsStorage: connectionString,
    MODELS: connectionString,
    SCAN_CONTAINER: 'models',
    AzureFunctionsWebHost__hostid: 'conformance',
  };
  await hostBlob('timers/conformance/Host.Functions.missed/status', JSON.stringify(MISSED));
  const host = await startOrUseHost({ env });
  url = host.url;
  cleanUp.push(() => host.stop());
}, 60_000);

afterAll(async () => {
  while (cleanUp.length > 0) await cleanUp.pop()!();
});

const MISSED = {
  Last: '2026-01-01T00:00:00+00:00',
  Next: '2026-01-01T01:00:00+00:00',
  LastUpdated: '2026-01-01T00:00:00+00:00',
};

async function startStorage(): Promise<string> {
  const azurite = await startAzurite();
  cleanUp.push(() => azurite.stop());
  return azurite.connectionString;
}

const hostContainer = () => blobs.getContainerClient('azure-webjobs-hosts');

async function hostBlob(path: string, text: string): Promise<void> {
  await hostContainer().createIfNotExists();
  await hostContainer().getBlockBlobClient(path).upload(text, Buffer.byteLength(text));
}

async function upload(path: string, text: string): Promise<string> {
  const container = blobs.getContainerClient('models');
  await container.createIfNotExists();
  const options = { metadata: { CamelKey: 'v' }, blobHTTPHeaders: { blobContentType: 'application/json' } };
  const { etag } = await container.getBlockBlobClient(path).upload(text, Buffer.byteLength(text), options);
  return etag!;
}

/** Runs of a blob function for one blob. */
async function runsFor(path: string, from = url) {
  const runs = await runsOf(from, 'blobScan');
  return runs.filter((run) => run.triggerMetadata.blobTrigger === `models/${path}`);
}

async function receiptsFor(path: string, hostId = 'conformance'): Promise<string[]> {
  const prefix = `blobreceipts/${hostId}/Host.Functions.blobScan/`;
  const names: string[] = [];
  for await (const { name } of hostContainer().listBlobsFlat({ prefix }))
    if (name.endsWith(path)) names.push(name);
  return names;
}

describe('a blob trigger that scans', () => {
  test('waits for its container, then gives the content as a Buffer and the path parameter', async () => {
    const path = 'v1/manifest.json';
    const etag = await upload(path, '{"a":1}');
    const [run] = await untilCount(() => runsFor(path));
    expect([run?.kind, decode(run?.value)]).toEqual(['Buffer', '{"a":1}']);
    expect(run?.triggerMetadata.version).toBe('v1');
    // The JavaScript SDK has lost the case of the key, which the real host keeps.
    expect(Object.entries(run?.triggerMetadata.metadata)).toEqual([
      [expect.stringMatching(/^camelkey$/i), 'v'],
    ]);
    expect(run?.triggerMetadata.uri).toMatch(/\/models\/v1\/manifest\.json$/);
    const { properties } = run!.triggerMetadata;
    expect(properties).toMatchObject({
      contentLength: 7,
      contentType: 'application/json',
      blobType: 0,
      eTag: {},
    });
    expect(properties.lastModified).toMatch(/^\d{4}-/);
    expect(run?.retryContext).toBeUndefined();
    const receipts = await untilCount(() => receiptsFor(path));
    if (!process.env.HOST_URL) {
      expect(receipts).toEqual([`blobreceipts/conformance/Host.Functions.blobScan/${etag}/models/${path}`]);
    }
  });

  test('runs again for a new version, not for other paths; a parameter takes slashes', async () => {
    await upload('v1/model.bin', 'x');
    await upload('v1/manifest.json', '{"a":2}');
    await upload('deep/v2/manifest.json', '{}');
    await untilCount(() => runsFor('v1/manifest.json'), 2);
    const [deep] = await untilCount(() => runsFor('deep/v2/manifest.json'));
    expect(deep?.triggerMetadata.version).toBe('deep/v2');
    expect(await runsFor('v1/model.bin')).toEqual([]);
  });

  test('tries a failing blob as often as host.json says, then writes poison and receipt', async () => {
    const path = 'bad/manifest.json';
    const etag = await upload(path, '{}');
    const isOurs = (text: string) => decode(text).includes('bad/manifest.json');
    const [poison] = await untilCount(() => messagesOf(queues, 'webjobs-blobtrigger-poison', isOurs));
    const expected = {
      Type: 'BlobTrigger',
      FunctionId: 'Host.Functions.blobScan',
      BlobType: 'BlockBlob',
      ContainerName: 'models',
      BlobName: path,
      ETag: etag,
    };
    expect(decode(poison!)).toBe(JSON.stringify(expected, null, 2));
    expect(await runsFor(path)).toHaveLength(3);
    await untilCount(() => receiptsFor(path));
  });

  itLocally('is picked up again by the next host when the last one died over it, and else not', async () => {
    await upload('done/manifest.json', '{}');
    await upload('hang/manifest.json', '{}');
    const own = { ...env, AzureFunctionsWebHost__hostid: 'restart' };
    const first = await startTestHost({ env: { ...own, HANG: 'true' } });
    await untilCount(() => runsFor('hang/manifest.json', first.url));
    await untilCount(() => receiptsFor('done/manifest.json', 'restart'));
    first.child.kill('SIGKILL');
    await first.exit;

    const second = await startTestHost({ env: own });
    await untilCount(() => runsFor('hang/manifest.json', second.url));
    expect(await runsFor('done/manifest.json', second.url)).toEqual([]);
    expect(await second.stop()).toBe(0);
  });
});

describe('a queue trigger', () => {
  async function send(text: string): Promise<void> {
    const queue = queues.getQueueClient('q-in');
    await queue.createIfNotExists();
    await queue.sendMessage(text);
  }
  const encode = (text: string) => Buffer.from(text).toString('base64');
  const runWith = async (holds: (value: unknown) => boolean) => {
    return until(async () => (await runsOf(url, 'queueIn')).find(({ value }) => holds(value)));
  };

  test('parses JSON, and gives the message in the metadata', async () => {
    await send(encode('{"id":7,"fine":true}'));
    const run = await runWith((value) => (value as { id?: number }).id === 7);
    expect(run.triggerMetadata).toMatchObject({
      queueTrigger: { id: 7, fine: true },
      dequeueCount: 1,
      fine: 'True',
    });
    expect(run.triggerMetadata).toHaveProperty('popReceipt');
    expect(Date.parse(run.triggerMetadata.expirationTime) - Date.now()).toBeGreaterThan(6 * 86_400_000);
    await send(encode('123'));
    await runWith((value) => value === 123);
    await send(encode('plain text'));
    await runWith((value) => value === 'plain text');
  });

  test('moves a message that fails too often to the poison queue as it was', async () => {
    const text = encode('{"bad":true}');
    await send(text);
    await untilCount(() => messagesOf(queues, 'q-in-poison', (found) => found === text));
    const attempts = (await runsOf(url, 'queueIn')).filter(({ value }) => value?.bad);
    expect(attempts.map(({ triggerMetadata }) => triggerMetadata.dequeueCount)).toEqual([1, 2]);
    expect(attempts[0]?.triggerMetadata.bad).toBe('True');
  });

  test('moves a message that is not base64 to the poison queue without a run', async () => {
    await send('not base64!');
    await untilCount(() => messagesOf(queues, 'q-in-poison', (text) => text === 'not base64!'));
    expect((await runsOf(url, 'queueIn')).some(({ value }) => value === 'not base64!')).toBe(false);
  });

  test('an output goes to a new queue, in base64, as indented JSON', async () => {
    expect((await call(`${url}/api/enqueue`, { method: 'POST' })).status).toBe(202);
    const [message] = await messagesOf(queues, 'q-out', () => true);
    expect(decode(message!)).toBe('{\n  "k": 1\n}');
  });
});

describe('a timer', () => {
  test('of less than a minute keeps no status', async () => {
    const [run] = await untilCount(() => runsOf(url, 'everySecond'));
    expect(run?.value).toEqual({ schedule: { adjustForDST: true }, scheduleStatus: null, isPastDue: false });
    expect(run?.triggerMetadata).toBeUndefined();
  });

  test('runs at start and once more after a failure, as its retry option says', async () => {
    const runs = await untilCount(() => runsOf(url, 'atStart'), 2);
    expect(runs[0]?.value.isPastDue).toBe(false);
    expect(runs[0]?.retryContext).toEqual({ retryCount: 0, maxRetryCount: 1 });
    expect(runs[1]?.retryContext).toMatchObject({ retryCount: 1, maxRetryCount: 1 });
    expect(runs[1]?.retryContext?.exception?.message).toContain('first attempt');
  });

  itLocally('makes up for a run that was missed, with the old status, and writes the new one', async () => {
    const [run] = await untilCount(() => runsOf(url, 'missed'));
    const { Last: last, Next: next, LastUpdated: lastUpdated } = MISSED;
    expect(run?.value).toMatchObject({ isPastDue: true, scheduleStatus: { last, next, lastUpdated } });
    const blob = hostContainer().getBlobClient('timers/conformance/Host.Functions.missed/status');
    const status = await until(async () => {
      const found = JSON.parse((await blob.downloadToBuffer()).toString());
      return Date.parse(found.Next) > Date.now() && found;
    });
    expect(Object.keys(status)).toEqual(['Last', 'Next', 'LastUpdated']);
  });
});

test('POST /admin/functions runs a blob trigger for the path in input', async () => {
  const key = process.env.HOST_KEY;
  const headers: Record<string, string> = key ? { 'x-functions-key': key } : {};
  await upload('by-hand/manifest.json', '{}');
  await untilCount(() => runsFor('by-hand/manifest.json'));
  const answer = await post(
    `${url}/admin/functions/blobScan`,
    { input: 'models/by-hand/manifest.json' },
    headers,
  );
  expect(answer.status).toBe(202);
  await untilCount(() => runsFor('by-hand/manifest.json'), 2);
});
