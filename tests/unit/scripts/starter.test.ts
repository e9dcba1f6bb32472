/** The starter's model in a registry that has none in production: pushed, delivered again, waited for. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UnavailableError } from '../../../core/errors.ts';
import { isInProduction, publishStarter } from '../../../scripts/stack/starter.ts';
import { memoryStorage } from '../../helpers/memory-storage.ts';
import { aTinyVersion, type TinyVersion } from '../../helpers/tiny-version.ts';

let folder: string;
let starter: TinyVersion;
let manifestName: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pawprint-starter-'));
  starter = await aTinyVersion();
  manifestName = `${starter.manifest.version}/manifest.json`;
  for (const [path, bytes] of starter.files) writeFileSync(join(folder, path), bytes);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const log = () => {};
const record = (state: string, registeredAt: Date) => ({
  schemaVersion: 1,
  version: starter.manifest.version,
  state,
  precision: null,
  registeredAt: registeredAt.toISOString(),
  gates: [
    { name: 'convert ends', value: 5, threshold: null, passed: false, reason: 'CONVERT_MOST_WEIGHTS is 1' },
  ],
});

test('a starter that was never pushed is written once', async () => {
  const { storage, blobs } = memoryStorage();
  const lines: string[] = [];
  const { version } = await publishStarter(storage, folder, { log: (line) => lines.push(line) });
  expect(version).toBe(starter.manifest.version);
  expect([...blobs.keys()].sort()).toEqual(
    [...starter.files.keys()].map((path) => `trained/${version}/${path}`).sort(),
  );
  expect(lines).toEqual([expect.stringContaining(`Pushed ${version}`)]);
});

test('one that was pushed, and not converted, has its trained manifest written anew, and nothing else', async () => {
  const { storage, blobs } = memoryStorage();
  await publishStarter(storage, folder, { log });
  const before = new Map([...blobs].map(([name, { etag }]) => [name, etag]));
  await publishStarter(storage, folder, { log });
  const changed = [...blobs].filter(([name, { etag }]) => before.get(name) !== etag);
  expect(changed.map(([name]) => name)).toEqual([`trained/${manifestName}`]);
  expect(changed[0]![1].bytes.equals(starter.files.get('manifest.json')!)).toBe(true);
});

test('one that is converted has its servable manifest written anew', async () => {
  const { storage, blobs } = memoryStorage();
  await publishStarter(storage, folder, { log });
  await storage.createOnce('models', manifestName, Buffer.from('{}'));
  const before = new Map([...blobs].map(([name, { etag }]) => [name, etag]));
  await publishStarter(storage, folder, { log });
  const changed = [...blobs].filter(([name, { etag }]) => before.get(name) !== etag);
  expect(changed.map(([name, { bytes }]) => [name, String(bytes)])).toEqual([
    [`models/${manifestName}`, '{}'],
  ]);
});

test('while it is under way, or failed before this start, it is waited for', async () => {
  const { storage } = memoryStorage();
  const publication = await publishStarter(storage, folder, { log });
  expect(await isInProduction(storage, publication)).toMatch(/not registered yet.*npm start/s);
  const old = record('failed', new Date(publication.since.getTime() - 1000));
  await storage.createOnce(
    'registry',
    `versions/${publication.version}.json`,
    Buffer.from(JSON.stringify(old)),
  );
  expect(await isInProduction(storage, publication)).toMatch(/not registered yet/);
});

test.each(['failed', 'rejected'])(
  'one that is %s is not waited for, and the reason is said',
  async (state) => {
    const { storage } = memoryStorage();
    const publication = await publishStarter(storage, folder, { log });
    await storage.createOnce(
      'registry',
      `versions/${publication.version}.json`,
      Buffer.from(JSON.stringify(record(state, new Date()))),
    );
    const waiting = isInProduction(storage, publication);
    await expect(waiting).rejects.toThrow(UnavailableError);
    await expect(waiting).rejects.toThrow(/CONVERT_MOST_WEIGHTS is 1\n.*next npm start/s);
  },
);
