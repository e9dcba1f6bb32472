/**
 * @module tests/helpers/end-state
 * What lies in Blob Storage after a version went its way, without what is never the same twice: times, ETags, ids
 * of deliveries, and figures that are measured on a machine at work.
 */
import { BlobServiceClient } from '@azure/storage-blob';
import type { Pointer, VersionRecord } from '../../core/registry/schema.ts';

const CONTAINERS = ['trained', 'models', 'registry'];

/**
 * Each blob by its path, with the MD5 that storage took of its content; documents of the registry with what they
 * say.
 */
export async function endState(connectionString: string): Promise<Record<string, unknown>> {
  const service = BlobServiceClient.fromConnectionString(connectionString);
  const state: Record<string, unknown> = {};
  for (const name of CONTAINERS) {
    const container = service.getContainerClient(name);
    for await (const { name: path, properties } of container.listBlobsFlat()) {
      const isDocument = name === 'registry';
      state[`${name}/${path}`] = isDocument
        ? whatItSays(path, await container.getBlobClient(path).downloadToBuffer())
        : Buffer.from(properties.contentMD5!).toString('hex');
    }
  }
  return state;
}

/** Takes every blob out of the containers. */
export async function empty(
  connectionString: string,
  { containers = CONTAINERS }: { containers?: string[] } = {},
): Promise<void> {
  const service = BlobServiceClient.fromConnectionString(connectionString);
  for (const name of containers) {
    const container = service.getContainerClient(name);
    for await (const blob of container.listBlobsFlat()) await container.deleteBlob(blob.name);
  }
}

/** Remembers a container's blobs. What it returns brings them back, and nothing else. */
export async function remember(connectionString: string, name: string): Promise<() => Promise<void>> {
  const container = BlobServiceClient.fromConnectionString(connectionString).getContainerClient(name);
  const blobs = new Map<string, Buffer>();
  for await (const blob of container.listBlobsFlat()) {
    blobs.set(blob.name, await container.getBlobClient(blob.name).downloadToBuffer());
  }
  return async () => {
    await empty(connectionString, { containers: [name] });
    for (const [path, bytes] of blobs) await container.getBlockBlobClient(path).uploadData(bytes);
  };
}

function whatItSays(path: string, bytes: Buffer): unknown {
  const document = JSON.parse(bytes.toString('utf8'));
  if (path.startsWith('receipts/')) return { step: document.step, state: document.state };
  if (path.startsWith('versions/')) {
    const { gates, registeredAt: _, ...record } = document as VersionRecord;
    const isTimed = (name: string) => /faster|latency/.test(name);
    return { ...record, gates: gates.map(({ name, passed }) => ({ name, passed: isTimed(name) || passed })) };
  }
  if (path === 'production.json') {
    const { history, ...pointer } = document as Pointer;
    return { ...pointer, history: history.map(({ at: __, ...move }) => move) };
  }
  return document;
}
