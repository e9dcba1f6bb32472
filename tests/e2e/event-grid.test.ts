/**
 * The triggers as on Azure: with the source EventGrid nothing scans, and a notification may come several times,
 * in any order, and for blobs that are no concern of ours.
 */
import { FILE } from '../../core/manifest.ts';
import { findPointer } from '../../core/registry/registry.ts';
import { type AppHost, startAppHost } from '../helpers/app-host.ts';
import { eventually, stopAll } from '../helpers/processes.ts';
import { aTinyVersion } from '../helpers/tiny-version.ts';

let app: AppHost;

beforeAll(async () => {
  app = await startAppHost({ BLOB_TRIGGER_SOURCE: 'EventGrid' });
}, 60_000);
afterAll(async () => {
  await app?.stop();
  await stopAll();
}, 30_000);

/** Posts notifications of created blobs to the blob extension's webhook, as the Event Grid subscription does. */
async function notify(functionName: string, container: string, paths: string[]): Promise<number> {
  const events = paths.map((path, id) => ({
    id: `${id}`,
    topic:
      '/subscriptions/0/resourceGroups/test/providers/Microsoft.Storage/storageAccounts/devstoreaccount1',
    subject: `/blobServices/default/containers/${container}/blobs/${path}`,
    eventType: 'Microsoft.Storage.BlobCreated',
    eventTime: new Date(0).toISOString(),
    dataVersion: '',
    metadataVersion: '1',
    data: {
      api: 'PutBlob',
      eTag: '0x1',
      contentLength: 1,
      blobType: 'BlockBlob',
      url: `https://devstoreaccount1.blob.core.windows.net/${container}/${path}`,
    },
  }));
  const response = await fetch(
    `${app.url}/runtime/webhooks/blobs?functionName=Host.Functions.${functionName}`,
    {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'aeg-event-type': 'Notification' },
      body: JSON.stringify(events),
    },
  );
  return response.status;
}

test('notifications that come twice, late and for other blobs end as one version in production', async () => {
  const older = await aTinyVersion({ seed: 1, createdAt: '2026-11-25T09:00:00.000Z' });
  const newer = await aTinyVersion({ seed: 2, createdAt: '2026-11-25T10:00:00.000Z' });
  for (const { manifest, files } of [older, newer]) {
    for (const [path, bytes] of files) {
      await app.storage.createOnce('trained', `${manifest.version}/${path}`, bytes);
    }
  }
  const path = ({ manifest }: typeof older) => `${manifest.version}/${FILE.manifest}`;
  // The newer first, each twice, with the shards and a blob that is gone again.
  const paths = [
    path(newer),
    path(newer),
    `${newer.manifest.version}/${FILE.weights}`,
    '20200101T000000Z-00000000/manifest.json',
    path(older),
    path(older),
  ];
  expect(await notify('convert', 'trained', paths)).toBe(202);
  for (const version of [newer, older]) {
    await eventually(() => app.storage.find('models', path(version)));
  }
  expect(await notify('register', 'models', [path(newer), path(newer)])).toBe(202);
  await app.ready((body) => body.version === newer.manifest.version);
  expect(await notify('register', 'models', [path(older), path(newer)])).toBe(202);
  await eventually(() => app.storage.find('registry', `versions/${older.manifest.version}.json`));

  const { pointer } = (await findPointer(app.storage))!;
  expect(pointer).toMatchObject({ version: newer.manifest.version, previous: null });
  expect(pointer.history).toHaveLength(1);
  expect(app.host.output()).not.toContain('webjobs-blobtrigger-poison');
}, 60_000);
