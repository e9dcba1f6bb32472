/** One record that is cut off: everything else goes on, and the version is mended by being registered again. */
import { UnavailableError } from '../../../../core/errors.ts';
import { recordFailure } from '../../../../core/lifecycle/record-failure.ts';
import { setCanary } from '../../../../core/registry/candidates.ts';
import { listVersions, showVersion } from '../../../../core/registry/list-versions.ts';
import { promote } from '../../../../core/registry/promote.ts';
import { findPointer, findRecord, updateRecord } from '../../../../core/registry/registry.ts';
import { removeOldVersions } from '../../../../core/registry/remove-old-versions.ts';
import { findRecordToRegister } from '../../../../core/registry/reopen.ts';
import { rollback } from '../../../../core/registry/rollback.ts';
import { DamagedDocumentError } from '../../../../core/registry/schema.ts';
import { recordPath } from '../../../../core/storage/names.ts';
import { aRecord, aRegistry, version } from './worlds.ts';

const [A, B, C] = ['A', 'B', 'C'].map(version) as [string, string, string];

/** A, B and C served in turn; the document of the registry at `path` is cut to 100 bytes. */
async function aWorld(path: string) {
  const world = aRegistry();
  await world.serve('A', 'B', 'C');
  for (const name of [A, B, C]) {
    for (const container of ['trained', 'models'] as const) {
      await world.storage.createOnce(container, `${name}/manifest.json`, Buffer.from('{}'));
    }
  }
  const blob = (await world.storage.find('registry', path))!;
  await world.storage.replace('registry', path, blob.bytes.subarray(0, 100), blob.etag);
  return world;
}

test('a rollback passes over the version, and says what to do about it', async () => {
  const world = await aWorld(recordPath(B));
  await expect(rollback(world.storage, world.person)).resolves.toMatchObject({
    pointer: { version: A },
    skipped: [{ version: B, why: expect.stringContaining(`Write models/${B}/manifest.json again`) }],
  });
});

test('the list shows it as damaged, beside the others', async () => {
  const world = await aWorld(recordPath(A));
  const { models } = await listVersions(world.storage);
  expect(models.map(({ version: name, state }) => [name, state])).toEqual([
    [C, 'blessed'],
    [B, 'blessed'],
    [A, 'damaged'],
  ]);
});

test('gc keeps it, and removes others', async () => {
  const world = await aWorld(recordPath(A));
  const old = '20200101T000000Z-00000000';
  await world.storage.createOnce('models', `${old}/manifest.json`, Buffer.from('{}'));
  await updateRecord(world.storage, old, () => aRecord(old));
  const { removed, kept } = await removeOldVersions(world.storage, { keep: 1, by: 'ada' });
  expect(removed).toMatchObject([{ version: old }]);
  expect(kept).toContainEqual({ version: A, why: expect.stringContaining('damaged') });
  expect(world.blobs.has(`models/${A}/manifest.json`)).toBe(true);
});

test('to promote it, to make it the canary and to show it is refused with what to do', async () => {
  const world = await aWorld(recordPath(A));
  const asked = [
    () => promote(world.storage, A, world.person),
    () => setCanary(world.storage, { version: A, share: 0.1 }, world.person),
    () => showVersion(world.storage, A),
  ];
  for (const ask of asked) {
    const refused = ask();
    await expect(refused).rejects.toThrow(DamagedDocumentError);
    await expect(refused).rejects.toMatchObject({
      message: expect.stringContaining(`Write models/${A}/manifest.json again`),
      publicMessage: expect.stringContaining('Write its manifest again'),
    });
  }
});

test('registering counts it as none, and replaces it', async () => {
  const world = await aWorld(recordPath(A));
  await expect(findRecordToRegister(world.storage, A)).resolves.toBeUndefined();
  await updateRecord(world.storage, A, (found) => (found === undefined ? aRecord(A) : undefined));
  expect(await findRecord(world.storage, A)).toEqual(aRecord(A));
});

test('a record that was mended meanwhile is not replaced unseen', async () => {
  const world = await aWorld(recordPath(A));
  const seen: unknown[] = [];
  await updateRecord(world.storage, A, (found) => {
    seen.push(found?.state);
    const blob = world.blobs.get(`registry/${recordPath(A)}`)!;
    if (seen.length === 1) {
      const bytes = Buffer.from(JSON.stringify(aRecord(A)));
      world.blobs.set(`registry/${recordPath(A)}`, { ...blob, bytes, etag: '"mended"' });
    }
    return found ?? aRecord(A, { state: 'failed' });
  });
  expect(seen).toEqual([undefined, 'blessed']);
  expect(await findRecord(world.storage, A)).toMatchObject({ state: 'blessed' });
});

test('a step that failed for good replaces it', async () => {
  const world = await aWorld(recordPath(A));
  await expect(recordFailure(world.storage, { step: 'register', version: A })).resolves.toMatchObject({
    version: A,
  });
  expect(await findRecord(world.storage, A)).toMatchObject({ state: 'failed' });
});

test('a pointer that is damaged still makes the registry unavailable', async () => {
  const world = await aWorld('production.json');
  await expect(findPointer(world.storage)).rejects.toThrow('registry/production.json is damaged. Restore it');
  for (const ask of [
    () => rollback(world.storage, world.person),
    () => listVersions(world.storage),
    () => promote(world.storage, A, world.person),
    () => removeOldVersions(world.storage, { keep: 1, by: 'ada' }),
  ]) {
    await expect(ask()).rejects.toThrow(UnavailableError);
  }
});
