/** What the sweep removes, and what it leaves alone. Field case 72: a crash before the manifest. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sweep } from '../../../../core/lifecycle/sweep.ts';
import { withTemporaryFolder } from '../../../../core/lifecycle/temporary-folder.ts';
import { receiptPath, recordPath } from '../../../../core/storage/names.ts';
import { MemoryBlobs } from '../../../helpers/memory-blobs.ts';

const now = new Date('2026-11-25T12:00:00.000Z');
const hoursAgo = (hours: number) => new Date(now.getTime() - hours * 3_600_000);
const [A, B, C] = ['20261101T000000Z-00000001', '20261102T000000Z-00000002', '20261103T000000Z-00000003'];

// Of the test's own: the clock of these tests would make folders of conversions at work look dead.
const temporary = mkdtempSync(join(tmpdir(), 'pawprint-sweep-'));
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

let blobs: MemoryBlobs;
let lines: string[];
beforeEach(() => {
  blobs = new MemoryBlobs();
  lines = [];
});

const run = (options = {}) =>
  sweep(blobs.storage, { now, temporary, log: (line) => lines.push(line), ...options });

function put(path: string, hours: number): void {
  const [container, ...rest] = path.split('/');
  blobs.now = hoursAgo(hours);
  blobs.put(container as 'trained', rest.join('/'));
}

test('a folder that got no manifest in a day is removed, in trained and in models, and the log names it', async () => {
  put(`trained/${A}/weights.bin`, 30);
  put(`trained/${A}/nested/shard.bin`, 25);
  put(`models/${B}/model.onnx`, 24);
  await expect(run()).resolves.toMatchObject({ folders: [`trained/${A}`, `models/${B}`] });
  expect(blobs.paths()).toEqual([]);
  expect(lines[0]).toBe(
    `trained/${A} removed: 2 files, the newest of ${hoursAgo(25).toISOString()}, and no manifest`,
  );
});

test.each([
  [
    'with a manifest, however old',
    [
      [`trained/${A}/weights.bin`, 9000],
      [`trained/${A}/manifest.json`, 9000],
    ],
  ],
  ['younger than a day', [[`models/${A}/model.onnx`, 23.9]]],
  [
    'of which one file is younger than a day',
    [
      [`trained/${A}/a.bin`, 90],
      [`trained/${A}/b.bin`, 1],
      [`trained/${A}/c.bin`, 90],
    ],
  ],
  [
    'that is no version’s',
    [
      ['trained/backup/weights.bin', 90],
      ['trained/notes.txt', 90],
      [`datasets/${A}/x.bin`, 90],
    ],
  ],
] as [string, [string, number][]][])('a folder %s stays', async (_, files) => {
  for (const [path, hours] of files) put(path, hours);
  const before = blobs.paths();
  await expect(run()).resolves.toMatchObject({ folders: [] });
  expect(blobs.paths()).toEqual(before);
});

test('neighbours of an abandoned folder stay', async () => {
  for (const version of [A, B, C]) put(`models/${version}/model.onnx`, 48);
  put(`models/${A}/manifest.json`, 48);
  put(`models/${C}/manifest.json`, 48);
  await run();
  expect(blobs.paths()).toEqual(
    [A, C].flatMap((version) => [`models/${version}/manifest.json`, `models/${version}/model.onnx`]),
  );
});

test('a dry run names the same, and removes nothing', async () => {
  put(`trained/${A}/weights.bin`, 48);
  put(`registry/${receiptPath('convert', B)}`, 24 * 8);
  const before = blobs.paths();
  const planned = await run({ dryRun: true });
  expect(blobs.paths()).toEqual(before);
  expect(lines[0]).toContain(`trained/${A} would be removed`);
  await expect(run()).resolves.toEqual(planned);
  expect(blobs.paths()).toEqual([]);
});

test('a blessed version that lost its manifest is kept and told of, unless it was removed on purpose', async () => {
  const record = {
    schemaVersion: 1,
    state: 'blessed',
    precision: 'int8',
    registeredAt: now.toISOString(),
    gates: [],
  };
  const removed = { at: now.toISOString(), by: 'gc', reason: 'old' };
  put(`models/${A}/model.onnx`, 48);
  put(`models/${B}/model.onnx`, 48);
  blobs.put('registry', recordPath(A), { ...record, version: A });
  blobs.put('registry', recordPath(B), { ...record, version: B, removed });
  await expect(run()).resolves.toMatchObject({ folders: [`models/${B}`] });
  expect(lines[0]).toContain(`models/${A} is kept: the version is blessed`);
});

test('a damaged record stops nothing: its version is kept and told of, others are removed', async () => {
  put(`models/${A}/model.onnx`, 48);
  put(`models/${B}/model.onnx`, 48);
  blobs.put('registry', recordPath(A), Buffer.from('{"schemaVersion": 1, "vers'));
  await expect(run()).resolves.toMatchObject({ folders: [`models/${B}`] });
  expect(blobs.paths()).toContain(`models/${A}/model.onnx`);
  expect(lines.join('\n')).toContain(`models/${A} is kept: the record of the version is damaged`);
});

test('an upload that goes on between the look and the removal is left alone', async () => {
  put(`trained/${A}/weights.bin`, 48);
  const list = blobs.listBlobs.bind(blobs);
  blobs.listBlobs = async function* (container, prefix) {
    // The second look, at the folder itself.
    if (prefix === `${A}/`) put(`trained/${A}/manifest.json`, 0);
    yield* list(container, prefix);
  };
  await expect(run()).resolves.toMatchObject({ folders: [] });
  expect(blobs.paths()).toEqual([`trained/${A}/manifest.json`, `trained/${A}/weights.bin`]);
});

test('a file that is written anew while its folder is removed stays', async () => {
  put(`trained/${A}/weights.bin`, 48);
  const remove = blobs.remove.bind(blobs);
  blobs.remove = async (container, path, etag) => {
    put(`trained/${A}/weights.bin`, 0);
    return remove(container, path, etag);
  };
  await run();
  expect(blobs.paths()).toEqual([`trained/${A}/weights.bin`]);
});

test('receipts of more than a week ago are removed, others stay', async () => {
  put(`registry/${receiptPath('convert', A)}`, 24 * 7);
  put(`registry/${receiptPath('register', A)}`, 24 * 6.9);
  put(`registry/${recordPath(A)}`, 24 * 90);
  await expect(run()).resolves.toMatchObject({ receipts: [receiptPath('convert', A)] });
  expect(blobs.paths()).toEqual([`registry/${receiptPath('register', A)}`, `registry/${recordPath(A)}`]);
});

describe('temporary folders', () => {
  const [old, fresh, foreign] = ['pawprint-convert-old', 'pawprint-convert-fresh', 'another-old'].map(
    (name) => join(temporary, name),
  ) as [string, string, string];
  beforeEach(() => {
    for (const folder of [old, fresh, foreign]) mkdirSync(folder, { recursive: true });
    writeFileSync(join(old, 'model.onnx'), 'x');
    const longAgo = new Date(Date.now() - 3 * 3_600_000);
    for (const folder of [old, foreign]) utimesSync(folder, longAgo, longAgo);
  });

  test('of conversions that died are removed by the sweep', async () => {
    await expect(run({ now: new Date() })).resolves.toMatchObject({ temporaryFolders: [old] });
    expect([old, fresh, foreign].map((folder) => existsSync(folder))).toEqual([false, true, true]);
  });

  test('are removed by the next conversion on the machine, too', async () => {
    await withTemporaryFolder(async () => {}, { within: temporary });
    expect([old, fresh, foreign].map((folder) => existsSync(folder))).toEqual([false, true, true]);
  });

  test('are gone after the work, also when it throws', async () => {
    let mine = '';
    const failing = withTemporaryFolder(
      async (folder) => {
        mine = folder;
        writeFileSync(join(folder, 'model.onnx'), 'x');
        throw new Error('no');
      },
      { within: temporary },
    );
    await expect(failing).rejects.toThrow('no');
    expect(existsSync(mine)).toBe(false);
  });
});
