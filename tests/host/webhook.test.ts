/**
 * @module tests/host/webhook
 * Blob triggers with source EventGrid, which run from POST /runtime/webhooks/blobs only. With HOST_URL,
 * HOST_KEY is the host's master key and AzureWebJobsStorage its account.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { startAzurite } from '../../scripts/azurite.ts';
import { call, decode, itLocally, messagesOf, post, runsOf, startTestHost, untilCount } from './harness.ts';

let url = process.env.HOST_URL?.replace(/\/$/, '') ?? '';
let keys = {
  masterKey: process.env.HOST_KEY ?? '',
  functionKeys: { default: '' },
  systemKeys: { blobs_extension: '' },
};
let blobs: BlobServiceClient;
let queues: QueueServiceClient;
const cleanUp: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const connectionString = process.env.HOST_URL ? process.env.AzureWebJobsStorage! : await startOwn();
  blobs = BlobServiceClient.fromConnectionString(connectionString);
  queues = QueueServiceClient.fromConnectionString(connectionString);
  await blobs.getContainerClient('events').createIfNotExists();
}, 60_000);

afterAll(async () => {
  while (cleanUp.length > 0) await cleanUp.pop()!();
});

async function startOwn(): Promise<string> {
  const { connectionString, stop } = await startAzurite();
  cleanUp.push(stop);
  const host = await startTestHost({ args: ['--auth'], env: { AzureWebJobsStorage: connectionString } });
  cleanUp.push(host.stop);
  keys = JSON.parse(readFileSync(join(host.stateFolder, 'keys.json'), 'utf8'));
  url = host.url;
  return connectionString;
}

const WEBHOOK = '/runtime/webhooks/blobs?functionName=Host.Functions.blobEvent';

/** Sends what Event Grid would, with the master key. */
function notify(body: unknown, { type = 'Notification', path = WEBHOOK } = {}) {
  return post(url + path, body, { 'aeg-event-type': type, 'x-functions-key': keys.masterKey });
}

/** Uploads a blob into `events`; to its URL. */
async function upload(name: string): Promise<string> {
  const blob = blobs.getContainerClient('events').getBlockBlobClient(name);
  await blob.upload('picture', 7);
  return blob.url;
}

const created = (blobUrl: string) => ({
  id: '1',
  subject: '/blobServices/default/containers/events/blobs/x',
  eventType: 'Microsoft.Storage.BlobCreated',
  eventTime: '2026-11-25T00:00:00Z',
  dataVersion: '',
  data: { api: 'PutBlob', url: blobUrl, eTag: '"0x1"', blobType: 'BlockBlob' },
});
const cloudEvent = (blobUrl: string) => ({
  specversion: '1.0',
  id: '1',
  source: '/x',
  type: 'Microsoft.Storage.BlobCreated',
  data: { api: 'PutBlob', url: blobUrl, eTag: '"0x1"', blobType: 'BlockBlob' },
});

async function runsFor(name: string) {
  const runs = await runsOf(url, 'blobEvent');
  return runs.filter(({ triggerMetadata }) => triggerMetadata.blobTrigger === `events/${name}`);
}

test('answers the handshake, whatever the function and the case of the header', async () => {
  const event = [
    {
      id: '1',
      eventType: 'Microsoft.EventGrid.SubscriptionValidationEvent',
      data: { validationCode: 'VC-1' },
    },
  ];
  for (const path of [
    WEBHOOK,
    '/runtime/webhooks/blobs',
    '/runtime/webhooks/blobs?functionName=Host.Functions.nosuch',
  ]) {
    const answer = await notify(event, { type: 'subscriptionVALIDATION', path });
    expect([answer.status, answer.text]).toEqual([200, '{"validationResponse":"VC-1"}']);
    expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
  }
});

test('runs for an event, a CloudEvent and a batch of them; an upload alone runs nothing', async () => {
  await upload('nobody told.jpg');
  const names = ['sub/one two.jpg', 'three.jpg', 'four.jpg', 'five.jpg'];
  const [grid, single, ...batch] = await Promise.all(names.map(upload));
  for (const body of [[created(grid!)], cloudEvent(single!), batch.map(cloudEvent)]) {
    const answer = await notify(body);
    expect([answer.status, answer.text]).toEqual([202, '']);
  }
  for (const name of names) {
    const [run] = await untilCount(() => runsFor(name));
    expect([run?.kind, run?.triggerMetadata.name]).toEqual(['Buffer', name.replace('.jpg', '')]);
  }
  expect(await runsFor('nobody told.jpg')).toEqual([]);
});

test('the same event four times runs four times', async () => {
  const body = [created(await upload('again.jpg'))];
  for (let count = 0; count < 4; count += 1) await notify(body);
  await untilCount(() => runsFor('again.jpg'), 4);
});

test('takes on, and runs nothing for, a deletion, a blob that is gone, another path, an unsubscription', async () => {
  const there = await upload('there.jpg');
  const other = await upload('there.png');
  const elsewhere = there.replace('/events/', '/elsewhere/');
  const ignored = [
    { ...created(there), eventType: 'Microsoft.Storage.BlobDeleted' },
    created(there.replace('there.jpg', 'gone.jpg')),
    created(other),
    created(elsewhere),
  ];
  for (const event of ignored) expect((await notify([event])).status).toBe(202);
  expect((await notify([], { type: 'Unsubscribe' })).status).toBe(202);

  // Something that does run shows that the ones before had their chance.
  await notify([created(await upload('after.jpg'))]);
  await untilCount(() => runsFor('after.jpg'));
  for (const name of ['there.jpg', 'gone.jpg', 'there.png']) expect(await runsFor(name)).toEqual([]);
});

test("a failure is tried three times, then goes to the poison queue with the event's ETag", async () => {
  await notify([created(await upload('bad.jpg'))]);
  const isOurs = (text: string) => decode(text).includes('"bad.jpg"');
  const [poison] = await untilCount(() => messagesOf(queues, 'webjobs-blobtrigger-poison', isOurs));
  expect(JSON.parse(decode(poison!))).toMatchObject({
    FunctionId: 'Host.Functions.blobEvent',
    ETag: '"0x1"',
  });
  expect(await runsFor('bad.jpg')).toHaveLength(3);
});

test('refuses what is no event: 400 without type, of unknown type and for GET, 500 for other than JSON', async () => {
  const key = { 'x-functions-key': keys.masterKey };
  expect((await post(url + WEBHOOK, [], key)).status).toBe(400);
  expect((await notify([], { type: 'Other' })).status).toBe(400);
  expect((await call(url + WEBHOOK, { headers: key })).status).toBe(400);
  const headers = { ...key, 'aeg-event-type': 'Notification' };
  expect((await call(url + WEBHOOK, { method: 'POST', headers, body: 'no json' })).status).toBe(500);
  expect((await notify([], { path: '/runtime/webhooks/nosuch' })).status).toBe(404);
});

test('answers the OPTIONS of the CloudEvents handshake', async () => {
  const headers = { 'x-functions-key': keys.masterKey, 'webhook-request-origin': 'eventgrid.azure.net' };
  const answer = await call(url + WEBHOOK, { method: 'OPTIONS', headers });
  expect([answer.status, answer.headers['webhook-allowed-origin']]).toEqual([200, 'eventgrid.azure.net']);
});

itLocally('asks for the system key or the master key', async () => {
  const headers = { 'aeg-event-type': 'Unsubscribe' };
  const withKey = async (key: string) =>
    (await post(url + WEBHOOK, [], { ...headers, 'x-functions-key': key })).status;
  expect((await post(url + WEBHOOK, [], headers)).headers['www-authenticate']).toBe('Bearer');
  expect(await withKey('')).toBe(401);
  expect(await withKey('wrong')).toBe(401);
  expect(await withKey(keys.functionKeys.default)).toBe(403);
  expect(await withKey(keys.systemKeys.blobs_extension)).toBe(202);
  const { status } = await post(`${url}${WEBHOOK}&code=${keys.systemKeys.blobs_extension}`, [], headers);
  expect(status).toBe(202);
});
