/**
 * The functions that blob events start, with events as they come: several times, at once, late, in the wrong order,
 * about other blobs, and about versions that fail. With the host: poison.test.ts.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvocationContext } from '@azure/functions';
import { BlobServiceClient } from '@azure/storage-blob';
import { ConflictError } from '../../core/errors.ts';
import { sweep } from '../../core/lifecycle/sweep.ts';
import { FILE } from '../../core/manifest.ts';
import { findPointer, findRecord } from '../../core/registry/registry.ts';
import { openStorage, type Storage } from '../../core/storage/storage.ts';
import { convert } from '../../functions/convert.ts';
import { poison } from '../../functions/poison.ts';
import { register } from '../../functions/register.ts';
import { type RunningAzurite, startAzurite } from '../../scripts/azurite.ts';
import { empty, endState } from '../helpers/end-state.ts';
import { type FaultyStorage, startFaultyStorage } from '../helpers/faulty-storage.ts';
import { aFloat32Version, pushTiny } from '../helpers/push-tiny.ts';
import type { TinyVersion } from '../helpers/tiny-version.ts';

// The clock of a sweep below would make the folders of other tests look dead.
const temporary = mkdtempSync(join(tmpdir(), 'pawprint-triggers-'));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

let azurite: RunningAzurite;
let line: FaultyStorage;
let storage: Storage;
let older: TinyVersion;
let newer: TinyVersion;

beforeAll(async () => {
  azurite = await startAzurite();
  line = await startFaultyStorage(azurite);
  // What the functions work with; the test itself takes the direct way.
  process.env.MODEL_STORAGE = line.connectionString;
  // Nobody else is to make calls while they are counted.
  process.env.POINTER_MAX_AGE_SECONDS = '3600';
  storage = openStorage({ MODEL_STORAGE: azurite.connectionString });
  await storage.ensureContainers();
  older = await aFloat32Version({ seed: 1, createdAt: '2026-11-25T09:00:00.000Z' });
  newer = await aFloat32Version({ seed: 2, createdAt: '2026-11-25T10:00:00.000Z' });
}, 60_000);
beforeEach(() => empty(azurite.connectionString));
afterAll(async () => {
  delete process.env.MODEL_STORAGE;
  delete process.env.POINTER_MAX_AGE_SECONDS;
  await line?.stop();
  await azurite?.stop();
});

/** Calls a function as the host does for an event about a blob, and returns what it logged. */
async function event(handler: typeof convert, blob: string): Promise<string> {
  const lines: string[] = [];
  const logHandler = (_level: string, ...args: unknown[]) => void lines.push(args.join(' '));
  await handler(
    Buffer.alloc(0),
    new InvocationContext({ triggerMetadata: { blobTrigger: blob }, logHandler }),
  );
  return lines.join('\n');
}

const manifestOf = (container: 'trained' | 'models', { manifest: { version } }: TinyVersion) =>
  `${container}/${version}/${FILE.manifest}`;
const converting = (version: TinyVersion) => event(convert, manifestOf('trained', version));
const registering = (version: TinyVersion) => event(register, manifestOf('models', version));
const stateNow = () => endState(azurite.connectionString);
const upload = (path: string, bytes: Uint8Array) =>
  BlobServiceClient.fromConnectionString(azurite.connectionString)
    .getContainerClient('trained')
    .getBlockBlobClient(path)
    .uploadData(bytes);

describe('field case 59: the same end as after one event each', () => {
  let expected: Record<string, unknown>;
  const inOrder = async () => {
    for (const version of [older, newer]) {
      await converting(version);
      await registering(version);
    }
  };

  beforeEach(async () => {
    for (const version of [older, newer]) await pushTiny(storage, version);
    if (expected === undefined) {
      await inOrder();
      expected = await stateNow();
      await empty(azurite.connectionString, { containers: ['models', 'registry'] });
    }
  });

  test('each event four times at once', async () => {
    for (const version of [older, newer]) {
      await Promise.all([1, 2, 3, 4].map(() => converting(version)));
      await Promise.all([1, 2, 3, 4].map(() => registering(version)));
    }
    expect(await stateNow()).toEqual(expected);
    expect((await findPointer(storage))!.pointer.history).toHaveLength(2);
  });

  test('each event again after it was done, which ends at once', async () => {
    await inOrder();
    line.begin();
    expect(await converting(newer)).toContain('done before');
    expect(await registering(newer)).toContain('done before');
    expect(line.calls.filter(({ method }) => method === 'PUT')).toEqual([]);
    expect(await stateNow()).toEqual(expected);
  });

  test('the events of a step before those of the step it follows', async () => {
    expect(await registering(older)).toContain('gone');
    await inOrder();
    expect(await stateNow()).toEqual(expected);
  });

  test('an empty manifest whose content comes later, with an event of its own', async () => {
    const { version } = older.manifest;
    await upload(`${version}/${FILE.manifest}`, Buffer.alloc(0));
    expect(await converting(older)).toContain('gone');
    await upload(`${version}/${FILE.manifest}`, older.files.get(FILE.manifest)!);
    await inOrder();
    expect(await stateNow()).toEqual(expected);
  });

  test('the newer version first: both are registered, and the newer one serves', async () => {
    for (const version of [newer, older]) {
      await converting(version);
      await registering(version);
    }
    for (const { manifest } of [older, newer]) {
      expect(await findRecord(storage, manifest.version)).toMatchObject({ state: 'blessed' });
    }
    const { pointer } = (await findPointer(storage))!;
    expect(pointer).toMatchObject({ version: newer.manifest.version, previous: null });
    expect(pointer.history).toHaveLength(1);
  });

  test('two versions at once', async () => {
    await Promise.all([newer, older].map(converting));
    await Promise.all([newer, older].map(registering));
    expect((await findPointer(storage))!.pointer.version).toBe(newer.manifest.version);
  });
});

test.each([
  ['another file of a version', convert, 'trained/20261125T081500Z-1c9f00aa/x.bin'],
  ['a manifest further down', convert, 'trained/20261125T081500Z-1c9f00aa/old/manifest.json'],
  ['a folder that is no version', convert, 'trained/backup/manifest.json'],
  ['a way out', convert, 'trained/../20261125T081500Z-1c9f00aa/manifest.json'],
  ['another container', convert, 'models/20261125T081500Z-1c9f00aa/manifest.json'],
  ['another container, for register', register, 'trained/20261125T081500Z-1c9f00aa/manifest.json'],
  ['nothing', register, ''],
])('an event about %s is ignored, and storage is asked nothing', async (_, handler, blob) => {
  line.begin();
  expect(await event(handler, blob)).toContain('Not a manifest of a version, ignored');
  expect(line.calls).toEqual([]);
});

test.each([
  ['convert', convert, 'trained'],
  ['register', register, 'models'],
])('an event for %s about a version that is gone does nothing', async (_, handler, container) => {
  expect(await event(handler, `${container}/20261125T081500Z-1c9f00aa/manifest.json`)).toContain('gone');
  expect(await stateNow()).toEqual({});
});

// Field case 72.
test('the manifest is written last, so a version of which files are still missing is seen by nobody', async () => {
  await pushTiny(storage, older);
  line.begin();
  await converting(older);
  const written = line.calls
    .filter(({ method, target }) => method === 'PUT' && target.startsWith('models/'))
    .map(({ target }) => target);
  expect(written.indexOf(manifestOf('models', older))).toBe(written.length - 1);
  expect(new Set(written).size).toBe(6);
});

// Field case 76.
test('a second upload under the same name is refused, and what serves stays as it was', async () => {
  const version = await pushTiny(storage, older);
  await converting(older);
  await registering(older);
  const before = await stateNow();
  await expect(
    storage.createOnce('trained', `${version}/${FILE.weights}`, Buffer.from('other')),
  ).rejects.toThrow(ConflictError);
  // Even past that rule, by a tool that overwrites: another manifest, which would make another servable version.
  const other = { ...older.manifest, code: { ...older.manifest.code, version: '9.9.9' } };
  await upload(`${version}/${FILE.manifest}`, Buffer.from(JSON.stringify(other)));
  await expect(converting(older)).rejects.toThrow(
    `models/${version} was converted from another trained version of the same name`,
  );
  const { [manifestOf('trained', older)]: _, ...after } = await stateNow();
  expect(before).toMatchObject({
    ...after,
    [`registry/receipts/convert/${version}.json`]: expect.anything(),
  });
});

test('a repair is not blocked by the receipt of what was refused before', async () => {
  const version = await pushTiny(storage, older);
  const weights = older.files.get(FILE.weights)!;
  await upload(
    `${version}/${FILE.weights}`,
    weights.map((byte, i) => (i === 9 ? byte ^ 1 : byte)),
  );
  await expect(converting(older)).rejects.toThrow(`trained/${version}/weights.bin is damaged`);
  await upload(`${version}/${FILE.weights}`, weights);
  expect(await converting(older)).toContain('converted');
  expect(await registering(older)).toContain('promoted');
});

test('a result that was removed is made again by the next event', async () => {
  const version = await pushTiny(storage, older);
  await converting(older);
  await registering(older);
  const expected = await stateNow();
  await storage.remove('registry', 'production.json', (await findPointer(storage))!.etag);
  expect(await registering(older)).toContain('promoted');
  await empty(azurite.connectionString, { containers: ['models'] });
  expect(await converting(older)).toContain('converted');
  expect(await stateNow()).toEqual(expected);
  expect((await findPointer(storage))!.pointer.version).toBe(version);
});

test('the sweep removes an upload that was broken off two days ago, and no version', async () => {
  await pushTiny(storage, older);
  await converting(older);
  const before = await stateNow();
  for (const path of [FILE.weights, FILE.golden]) {
    await upload(`${newer.manifest.version}/${path}`, newer.files.get(path)!);
  }
  const swept = await sweep(storage, { now: new Date(Date.now() + 2 * 86_400_000), temporary });
  expect(swept.folders).toEqual([`trained/${newer.manifest.version}`]);
  expect(await stateNow()).toEqual(before);
});

test('a message in the poison queue that nobody understands fails, and is not taken for done', async () => {
  const context = new InvocationContext({ logHandler: () => {} });
  await expect(poison({ FunctionId: 'Host.Functions.other' }, context)).rejects.toThrow(
    'is not about a version',
  );
  expect(await stateNow()).toEqual({});
});
