/** A version that fails as often as the host tries, on the host: from the blob event by way of the poison queue to the record. */
import { BlobServiceClient } from '@azure/storage-blob';
import { QueueServiceClient } from '@azure/storage-queue';
import { VERSION_FAILED_EVENT } from '../../core/lifecycle/record-failure.ts';
import { FILE } from '../../core/manifest.ts';
import { findRecord } from '../../core/registry/registry.ts';
import { type AppHost, startAppHost } from '../helpers/app-host.ts';
import { eventually, stopAll } from '../helpers/processes.ts';
import { aFloat32Version, pushTiny } from '../helpers/push-tiny.ts';

let app: AppHost;
beforeAll(async () => {
  app = await startAppHost();
}, 60_000);
afterAll(async () => {
  await app?.stop();
  await stopAll();
}, 30_000);

test('a version that can’t be converted is recorded as failed after five tries, and mended by the next event', async () => {
  const whole = await aFloat32Version();
  const { version } = whole.manifest;
  const queues = QueueServiceClient.fromConnectionString(app.azurite.connectionString);
  const trained = BlobServiceClient.fromConnectionString(app.azurite.connectionString).getContainerClient(
    'trained',
  );
  const files = new Map(whole.files);
  files.set(FILE.weights, Buffer.from('<html>not found</html>'));
  await pushTiny(app.storage, { ...whole, files });

  const record = await eventually(() => findRecord(app.storage, version));
  expect(record).toMatchObject({ state: 'failed', precision: null });
  expect(record.gates).toMatchObject([
    {
      name: 'convert ends',
      value: 5,
      passed: false,
      reason: expect.stringContaining(`${version}/weights.bin has 22 bytes`),
    },
  ]);
  // What an alert matches.
  expect(app.host.output()).toContain(
    `${VERSION_FAILED_EVENT} {"step":"convert","version":"${version}","attempts":5`,
  );
  const poisonQueue = queues.getQueueClient('webjobs-blobtrigger-poison');
  await eventually(async () =>
    (await poisonQueue.getProperties()).approximateMessagesCount === 0 ? true : undefined,
  );
  expect(await queues.getQueueClient('webjobs-blobtrigger-poison-poison').exists()).toBe(false);

  await trained.getBlockBlobClient(`${version}/${FILE.weights}`).uploadData(whole.files.get(FILE.weights)!);
  const manifest = whole.files.get(FILE.manifest)!;
  await trained.getBlockBlobClient(`${version}/${FILE.manifest}`).uploadData(manifest);
  await expect(app.ready()).resolves.toMatchObject({ version });
  expect(await findRecord(app.storage, version)).toMatchObject({ state: 'blessed' });
}, 60_000);
