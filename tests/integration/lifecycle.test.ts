/** The way of a model through Blob Storage, on Azurite: convert, register, load, and what goes wrong on it. */
import { ConflictError, InvalidModelError } from '../../core/errors.ts';
import { sha256 } from '../../core/hash.ts';
import { PinnedModels } from '../../core/inference/pinned-models.ts';
import { ProductionModel } from '../../core/inference/production-model.ts';
import { loadServableModel } from '../../core/inference/servable-model.ts';
import { convertVersion } from '../../core/lifecycle/convert-version.ts';
import { registerVersion } from '../../core/lifecycle/register-version.ts';
import { FILE, parseManifest } from '../../core/manifest.ts';
import { findPointer, findRecord } from '../../core/registry/registry.ts';
import { openStorage, type Storage } from '../../core/storage/storage.ts';
import { type RunningAzurite, startAzurite } from '../../scripts/azurite.ts';
import { aTinyVersion, goldenOf, type TinyVersion } from '../helpers/tiny-version.ts';

let azurite: RunningAzurite;
let storage: Storage;

beforeAll(async () => {
  azurite = await startAzurite();
}, 60_000);
afterAll(() => azurite.stop());

/** Each test has an account of its own in effect: containers are emptied by taking the pointer and records away. */
beforeEach(async () => {
  storage = openStorage({ MODEL_STORAGE: azurite.connectionString });
  await storage.ensureContainers();
  await removeAll(azurite.connectionString);
});

async function removeAll(connectionString: string): Promise<void> {
  const { BlobServiceClient } = await import('@azure/storage-blob');
  const service = BlobServiceClient.fromConnectionString(connectionString);
  for (const name of ['trained', 'models', 'registry']) {
    const container = service.getContainerClient(name);
    for await (const blob of container.listBlobsFlat()) await container.deleteBlob(blob.name);
  }
}

/** Uploads a version as training does, the manifest last. */
async function push({ manifest, files }: TinyVersion): Promise<string> {
  for (const [path, bytes] of files) {
    await storage.createOnce('trained', `${manifest.version}/${path}`, bytes);
  }
  return manifest.version;
}

/** Overwrites a blob with a bit of it turned over, as a fault of a disk or a line would. */
async function flipByte(container: 'trained' | 'models', path: string): Promise<void> {
  const { bytes, etag } = await storage.read(container, path);
  bytes[bytes.length >> 1]! ^= 0x10;
  await storage.replace(container, path, bytes, etag);
}

const register = (version: string) => registerVersion(storage, version, { by: 'test' });

async function wholeWay(options: Parameters<typeof aTinyVersion>[0]): Promise<string> {
  const version = await push(await aTinyVersion(options));
  await convertVersion(storage, version);
  await register(version);
  return version;
}

test('a pushed version is converted, registered, and answers as it was trained', async () => {
  const tiny = await aTinyVersion();
  const version = await push(tiny);
  await expect(convertVersion(storage, version)).resolves.toBe('converted');
  await expect(register(version)).resolves.toMatchObject({
    outcome: 'promoted',
    record: { state: 'blessed' },
  });

  const servable = parseManifest((await storage.read('models', `${version}/${FILE.manifest}`)).bytes);
  expect(servable.conversion).toMatchObject({ float32: { identical: true }, int8: { identical: true } });
  expect(servable.conversion!.float32.largestDifference).toBeLessThan(1e-4);

  const model = await loadServableModel(storage, { version, precision: 'float32' });
  const golden = goldenOf(tiny);
  const { scores } = await model.answer(golden.pixels.subarray(0, 16 * 16 * 3));
  scores.forEach((score, i) => {
    expect(score).toBeCloseTo(golden.probabilities.float32[i]!, 4);
  });
  await model.retire();
});

test('the same event delivered twice, also at the same time, ends as one', async () => {
  const version = await push(await aTinyVersion());
  await Promise.all([convertVersion(storage, version), convertVersion(storage, version)]);
  await expect(convertVersion(storage, version)).resolves.toBe('already there');
  const etag = (await storage.read('models', `${version}/${FILE.manifest}`)).etag;
  await Promise.all([register(version), register(version), register(version)]);
  await register(version);
  const { pointer } = (await findPointer(storage))!;
  expect(pointer).toMatchObject({ version, previous: null });
  expect(pointer.history).toHaveLength(1);
  expect((await storage.read('models', `${version}/${FILE.manifest}`)).etag).toBe(etag);
});

test('an older version that arrives after a newer one is registered, and the newer one stays', async () => {
  const newer = await wholeWay({ seed: 1, createdAt: '2026-11-25T10:00:00.000Z' });
  const older = await push(await aTinyVersion({ seed: 2, createdAt: '2026-11-25T09:00:00.000Z' }));
  await convertVersion(storage, older);
  await expect(register(older)).resolves.toMatchObject({ outcome: 'older', record: { state: 'blessed' } });
  expect((await findPointer(storage))!.pointer).toMatchObject({ version: newer, previous: null });
});

test('a newer version takes over, and the pointer tells the one before', async () => {
  const first = await wholeWay({ seed: 1, createdAt: '2026-11-25T10:00:00.000Z' });
  const second = await wholeWay({ seed: 2, createdAt: '2026-11-25T11:00:00.000Z' });
  const { pointer } = (await findPointer(storage))!;
  expect(pointer).toMatchObject({ version: second, previous: first });
  expect(pointer.history.map((move) => move.version)).toEqual([first, second]);
});

test('versions registered at the same time leave one history and the newest in production', async () => {
  const versions: string[] = [];
  for (let i = 0; i < 5; i++) {
    versions.push(await push(await aTinyVersion({ seed: i + 1, createdAt: `2026-11-25T1${i}:00:00.000Z` })));
    await convertVersion(storage, versions[i]!);
  }
  const outcomes = await Promise.all(versions.map(register));
  const promoted = outcomes.filter((result) => result !== 'gone' && result.outcome === 'promoted').length;
  const { pointer } = (await findPointer(storage))!;
  expect(pointer.version).toBe(versions[4]);
  expect(pointer.history).toHaveLength(promoted);
});

describe('a flipped byte', () => {
  test.each([FILE.weights, FILE.layersModel, FILE.golden, FILE.calibration, FILE.classMeans])(
    'in trained %s is refused with its name, and nothing is written',
    async (path) => {
      const version = await push(await aTinyVersion());
      await flipByte('trained', `${version}/${path}`);
      const converting = convertVersion(storage, version);
      await expect(converting).rejects.toThrow(InvalidModelError);
      await expect(converting).rejects.toThrow(`trained/${version}/${path} is damaged`);
      expect(await storage.list('models')).toEqual([]);
    },
  );

  test.each([FILE.float32, FILE.int8, FILE.golden, FILE.classMeans, FILE.manifest])(
    'in models %s rejects the version, and production stays',
    async (path) => {
      const good = await wholeWay({ seed: 1, createdAt: '2026-11-25T10:00:00.000Z' });
      const version = await push(await aTinyVersion({ seed: 2, createdAt: '2026-11-25T11:00:00.000Z' }));
      await convertVersion(storage, version);
      await flipByte('models', `${version}/${path}`);
      const registration = await register(version).catch((error) => error);
      expect(registration).toMatchObject({ outcome: 'rejected' });
      const record = (await findRecord(storage, version))!;
      expect(record.state).toBe('rejected');
      expect(record.gates.find((gate) => !gate.passed)!.reason).toContain(path);
      expect((await findPointer(storage))!.pointer.version).toBe(good);
    },
  );

  test('that is mended lets the next event succeed', async () => {
    const version = await push(await aTinyVersion());
    await convertVersion(storage, version);
    await flipByte('models', `${version}/${FILE.float32}`);
    await register(version);
    await flipByte('models', `${version}/${FILE.float32}`);
    await expect(register(version)).resolves.toMatchObject({ outcome: 'promoted' });
  });
});

test('a conversion that answers unlike the trained model is refused', async () => {
  const tiny = await aTinyVersion();
  const golden = tiny.files.get(FILE.golden)!;
  // Probabilities of another model, with a manifest that fits them: only the golden inputs can tell.
  golden.writeFloatLE(0.9, golden.length - 2 * 3 * 4 * 4);
  const entry = tiny.manifest.files.find((file) => file.path === FILE.golden)!;
  entry.sha256 = sha256(golden);
  const { contentHash } = await import('../../core/hash.ts');
  tiny.manifest.version = tiny.manifest.version.slice(0, 17) + contentHash(tiny.manifest.files).slice(0, 8);
  tiny.manifest.servable['model.onnx'] = sha256('another');
  tiny.files.set(FILE.manifest, Buffer.from(JSON.stringify(tiny.manifest)));
  const version = await push(tiny);
  await expect(convertVersion(storage, version)).rejects.toThrow(/model\.onnx is refused: probabilities/);
  expect(await storage.list('models')).toEqual([]);
});

test('a version under a name that is not its own is refused', async () => {
  const tiny = await aTinyVersion();
  const other = '20261125T081500Z-ffffffff';
  for (const [path, bytes] of tiny.files) await storage.createOnce('trained', `${other}/${path}`, bytes);
  await expect(convertVersion(storage, other)).rejects.toThrow('Push the version under its own name');
});

test('a blob is written once: the same content again is success, another is refused', async () => {
  await expect(storage.createOnce('models', 'a/b', Buffer.from('1'))).resolves.toBe('created');
  await expect(storage.createOnce('models', 'a/b', Buffer.from('1'))).resolves.toBe('same');
  await expect(storage.createOnce('models', 'a/b', Buffer.from('2'))).rejects.toThrow(ConflictError);
  expect((await storage.read('models', 'a/b')).bytes.toString()).toBe('1');
});

test('of many who swap at once exactly one wins', async () => {
  await storage.createOnce('registry', 'x.json', Buffer.from('0'));
  const { etag } = await storage.read('registry', 'x.json');
  const wins = await Promise.all(
    Array.from({ length: 20 }, (_, i) => storage.replace('registry', 'x.json', Buffer.from(`${i}`), etag)),
  );
  expect(wins.filter(Boolean)).toHaveLength(1);
});

// Field case 70.
test('a manifest of 9 MB is rejected on record, before it is read', async () => {
  const version = '20261125T081500Z-1c9f00aa';
  await storage.createOnce('models', `${version}/${FILE.manifest}`, Buffer.alloc(9 * 1024 * 1024, ' '));
  await expect(register(version)).resolves.toMatchObject({ outcome: 'rejected' });
  expect((await findRecord(storage, version))!.gates[0]!.reason).toContain('9437184 bytes');
});

test('events about versions that are gone do nothing', async () => {
  await expect(convertVersion(storage, '20261125T081500Z-1c9f00aa')).resolves.toBe('gone');
  await expect(register('20261125T081500Z-1c9f00aa')).resolves.toBe('gone');
});

test('production follows the pointer; a pinned version answers too, an unknown one is 404', async () => {
  const first = await wholeWay({ seed: 1, createdAt: '2026-11-25T10:00:00.000Z' });
  const log = () => {};
  const production = new ProductionModel({ storage, maxAgeSeconds: 0, log });
  const answering = () => production.use(async (model) => model.manifest.version);
  expect(await answering()).toBe(first);
  const second = await wholeWay({ seed: 2, createdAt: '2026-11-25T11:00:00.000Z' });
  while ((await answering()) !== second) await new Promise((resolve) => setTimeout(resolve, 10));

  const pinned = new PinnedModels({ storage, log });
  expect(await pinned.use(first, async (model) => model.manifest.version)).toBe(first);
  await expect(pinned.use('20261125T081500Z-1c9f00aa', async () => 0)).rejects.toThrow('is not registered');
});

test('of the versions asked for by name the oldest is freed, but not while it answers', async () => {
  const versions: string[] = [];
  for (let i = 0; i < 3; i++)
    versions.push(await wholeWay({ seed: i + 1, createdAt: `2026-11-25T1${i}:00:00.000Z` }));
  const pinned = new PinnedModels({ storage, log: () => {} });
  const pixels = new Uint8Array(16 * 16 * 3);
  const [first, ...others] = versions;
  const scores = await pinned.use(first!, async (model) => {
    for (const version of others) await pinned.use(version, (other) => other.answer(pixels));
    return (await model.answer(pixels)).scores;
  });
  expect(scores).toHaveLength(4);
  await expect(pinned.use(first!, (model) => model.answer(pixels))).resolves.toMatchObject({ scores });
});

test('storage out of reach is said as such', async () => {
  const nowhere = openStorage({
    MODEL_STORAGE: azurite.connectionString.replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:1'),
  });
  const error = await nowhere.find('registry', 'production.json').catch((thrown) => thrown);
  expect(error.message).toContain("didn't answer for registry/production.json");
  // A client gets no path.
  expect(error.publicMessage).toBe("Storage can't be reached. Try again in a moment.");
});
