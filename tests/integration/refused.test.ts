/**
 * Versions that are cut short, too large or hostile: refused with the name of the file before it is read, and nothing
 * of them is written.
 */
import { BlobServiceClient } from '@azure/storage-blob';
import { InvalidModelError } from '../../core/errors.ts';
import { contentHash, sha256 } from '../../core/hash.ts';
import { convertVersion } from '../../core/lifecycle/convert-version.ts';
import { runStep } from '../../core/lifecycle/run-step.ts';
import { convertStep } from '../../core/lifecycle/steps.ts';
import { FILE, type Manifest, type ManifestFile } from '../../core/manifest.ts';
import { openStorage, type Storage } from '../../core/storage/storage.ts';
import { type RunningAzurite, startAzurite } from '../../scripts/azurite.ts';
import { empty } from '../helpers/end-state.ts';
import { type FaultyStorage, startFaultyStorage } from '../helpers/faulty-storage.ts';
import { aTinyVersion, type TinyVersion } from '../helpers/tiny-version.ts';

let azurite: RunningAzurite;
let line: FaultyStorage;
/** By way of the line, which knows what was asked for. */
let storage: Storage;
let tiny: TinyVersion;

beforeAll(async () => {
  azurite = await startAzurite();
  line = await startFaultyStorage(azurite);
  storage = openStorage({ MODEL_STORAGE: line.connectionString });
  await storage.ensureContainers();
  tiny = await aTinyVersion();
}, 60_000);
afterEach(async () => {
  expect(await storage.list('models')).toEqual([]);
});
afterAll(async () => {
  await line?.stop();
  await azurite?.stop();
});

/** Past the rule of writing once. */
const upload = (path: string, bytes: Uint8Array) =>
  BlobServiceClient.fromConnectionString(azurite.connectionString)
    .getContainerClient('trained')
    .getBlockBlobClient(path)
    .uploadData(bytes);

let pushed = 0;

/** Uploads files with a manifest that `change` has changed, under a name of its own that fits what it lists. */
async function push(
  files: ReadonlyMap<string, Buffer>,
  change: (manifest: Manifest) => void,
): Promise<string> {
  const manifest = structuredClone(tiny.manifest);
  change(manifest);
  const minute = String(pushed++).padStart(2, '0');
  manifest.version = `20261125T12${minute}00Z-${contentHash(manifest.files).slice(0, 8)}`;
  for (const [path, bytes] of files) {
    if (path !== FILE.manifest) await upload(`${manifest.version}/${path}`, bytes);
  }
  await upload(`${manifest.version}/${FILE.manifest}`, Buffer.from(JSON.stringify(manifest)));
  line.begin();
  return manifest.version;
}

const entry = (path: string, bytes = 1): ManifestFile => ({ path, bytes, sha256: sha256(path) });
const TOO_MANY = Array.from({ length: 10_000 }, (_, i) => entry(`shard-${i}.bin`));

function setBytes(files: ManifestFile[], path: string, bytes: number): void {
  files.find((file) => file.path === path)!.bytes = bytes;
}

/** What was read or asked about in `trained`, beside the manifest. */
const askedOf = (version: string, methods: string[]) =>
  line.calls
    .filter(({ method, target }) => methods.includes(method) && target.startsWith(`trained/${version}/`))
    .map(({ target }) => target.slice(`trained/${version}/`.length))
    .filter((path) => path !== FILE.manifest);

// Field case 70 among them.
test.each<[string, (files: ManifestFile[]) => unknown, string]>([
  ['a path that leads out', (files) => files.push(entry('../other/weights.bin')), '"../other/weights.bin"'],
  ['a path that leads out further down', (files) => files.push(entry('a/../../b.bin')), '"a/../../b.bin"'],
  ['an absolute path', (files) => files.push(entry('/etc/passwd')), '"/etc/passwd"'],
  ['a path of Windows', (files) => files.push(entry('C:\\weights.bin')), '"C:\\\\weights.bin"'],
  ['a URL', (files) => files.push(entry('https://example.org/w.bin')), '"https://example.org/w.bin"'],
  ['a control character', (files) => files.push(entry('w\u0007.bin')), '"w\\u0007.bin"'],
  ['a NUL', (files) => files.push(entry('w\u0000.bin')), '"w\\u0000.bin"'],
  ['10,000 files', (files) => files.push(...TOO_MANY), 'expected array to have <=100 items'],
  ['a claim of 5 GB', (files) => files.push(entry('shard.bin', 5e9)), '"shard.bin"'],
  [
    'a claim of 1 GB for model.json',
    (files) => setBytes(files, FILE.layersModel, 1e9),
    'model.json has 1000000000 bytes by the manifest',
  ],
  [
    'a claim of 1 GB for golden.bin',
    (files) => setBytes(files, FILE.golden, 1e9),
    'golden.bin has 1000000000 bytes by the manifest',
  ],
])('%s in the manifest is refused by name before any file is asked for', async (_, change, name) => {
  const version = await push(tiny.files, ({ files }) => change(files));
  const converting = runStep(storage, convertStep(storage, version));
  await expect(converting).rejects.toThrow(InvalidModelError);
  await expect(converting).rejects.toThrow(name);
  expect(askedOf(version, ['GET', 'HEAD'])).toEqual([]);
});

test('a size that isn’t the blob’s is refused before any file is read', async () => {
  const version = await push(tiny.files, ({ files }) => setBytes(files, FILE.metrics, 3));
  await expect(convertVersion(storage, version)).rejects.toThrow(
    new RegExp(`trained/${version}/metrics.json has \\d+ bytes; by the manifest it has 3\\.`),
  );
  expect(askedOf(version, ['GET'])).toEqual([]);
});

// Field case 70.
test('a manifest of 50 MB is refused before it is read', async () => {
  const version = '20261125T080000Z-1c9f00aa';
  await upload(`${version}/${FILE.manifest}`, Buffer.alloc(50_000_000, ' '));
  await expect(runStep(storage, convertStep(storage, version))).rejects.toThrow(
    `trained/${version}/manifest.json has 50000000 bytes; at most 8388608 are read`,
  );
});

test('a network that is too large for the memory is refused before its weights are read', async () => {
  const version = await push(tiny.files, () => {});
  await expect(convertVersion(storage, version, { mostWeights: 500 })).rejects.toThrow(
    /model\.json has \d+ weights; a conversion takes at most 500.*CONVERT_MOST_WEIGHTS/,
  );
  expect(askedOf(version, ['GET'])).toEqual([FILE.layersModel]);
});

// Field case 43.
describe('weights in two shards', () => {
  const [first, second] = ['group1-shard1of2.bin', 'group1-shard2of2.bin'];
  let version: string;
  let shard: Buffer;

  beforeEach(async () => {
    const weights = tiny.files.get(FILE.weights)!;
    const modelJson = JSON.parse(tiny.files.get(FILE.layersModel)!.toString());
    modelJson.weightsManifest[0].paths = [first, second];
    shard = weights.subarray(weights.length >> 1);
    const files = new Map(tiny.files)
      .set(FILE.layersModel, Buffer.from(JSON.stringify(modelJson)))
      .set(first, weights.subarray(0, weights.length >> 1))
      .set(second, shard);
    files.delete(FILE.weights);
    files.delete(FILE.manifest);
    version = await push(files, (manifest) => {
      manifest.files = [...files].map(([path, bytes]) => ({
        path,
        bytes: bytes.length,
        sha256: sha256(bytes),
      }));
    });
  });
  afterEach(() => empty(azurite.connectionString, { containers: ['models'] }));

  test.each<[string, (whole: Buffer) => Buffer | undefined, RegExp]>([
    ['absent', () => undefined, /shard2of2\.bin is not there; the manifest lists it/],
    [
      'cut short',
      (whole) => whole.subarray(0, 44),
      /shard2of2\.bin has 44 bytes; by the manifest it has \d{3,}/,
    ],
    [
      'an error page',
      () => Buffer.from('<html>'),
      /shard2of2\.bin has 6 bytes; by the manifest it has \d{3,}/,
    ],
    [
      'too long',
      (whole) => Buffer.concat([whole, whole]),
      /shard2of2\.bin has \d{3,} bytes; by the manifest it has \d{3,}/,
    ],
    [
      'an error page of the same length',
      (whole) => Buffer.alloc(whole.length, '<'),
      /shard2of2\.bin is damaged/,
    ],
  ])(
    'of which the second is %s: refused by name, and converted once it is right',
    async (_, spoil, message) => {
      const path = `${version}/${second}`;
      const spoilt = spoil(shard);
      if (spoilt) await upload(path, spoilt);
      else await storage.remove('trained', path, (await storage.properties('trained', path))!.etag);
      const step = convertStep(storage, version);
      await expect(runStep(storage, step)).rejects.toThrow(message);
      expect(await storage.list('models')).toEqual([]);
      await upload(path, shard);
      await expect(runStep(storage, step)).resolves.toBe('converted');
    },
  );
});
