/** When register moves production, and what it leaves alone. */
import { ConflictError } from '../../core/errors.ts';
import { sha256 } from '../../core/hash.ts';
import { loadSession } from '../../core/inference/session.ts';
import { convertVersion } from '../../core/lifecycle/convert-version.ts';
import { registerVersion } from '../../core/lifecycle/register-version.ts';
import { FILE, formatManifest, parseManifest } from '../../core/manifest.ts';
import { findRecord, updateRecord } from '../../core/registry/registry.ts';
import { aRegistryAtWork, evaluationWith, type RegistryAtWork } from '../helpers/registry-at-work.ts';

let registry: RegistryAtWork;
beforeAll(async () => {
  registry = await aRegistryAtWork();
}, 60_000);
beforeEach(() => registry.empty());
afterAll(() => registry.stop());

// Field case 73, what register does of it.
describe('the pointer moves to no version that was not loaded here', () => {
  it('not to one that is gone, corrupt, or rejected', async () => {
    const good = await registry.convert();
    await registry.register(good);
    const { etag } = await registry.storage.read('registry', 'production.json');
    const [gone, corrupt, rejected] = [
      await registry.convert({ seed: 2 }),
      await registry.convert({ seed: 3 }),
      await registry.convert({ seed: 4, evaluation: evaluationWith(60) }),
    ];
    await registry.remove(gone, FILE.manifest);
    await registry.rewrite(corrupt, {
      [FILE.float32]: Buffer.from('zeros'),
      [FILE.int8]: Buffer.from('zeros'),
    });
    await expect(registerVersion(registry.storage, gone, { by: 'test' })).resolves.toBe('gone');
    expect((await registry.register(corrupt)).outcome).toBe('rejected');
    expect((await registry.register(rejected)).outcome).toBe('rejected');
    expect((await registry.storage.read('registry', 'production.json')).etag).toBe(etag);
  });

  it('not to one that was blessed by a delivery which ended before the move, and is damaged since', async () => {
    const good = await registry.convert();
    await registry.register(good);
    const version = await registry.convert({ seed: 2 });
    const { record } = await registry.register(version);
    // As if the move had been cut off.
    await registry.point({ version: good, precision: 'float32' });
    await registry.remove(version, FILE.float32);
    expect(record.state).toBe('blessed');
    expect((await registry.register(version)).outcome).toBe('rejected');
    expect((await findRecord(registry.storage, version))!.state).toBe('rejected');
    expect(await registry.inProduction()).toBe(good);
  });

  it('and a version is compared with what is in production when it moves', async () => {
    const first = await registry.convert({ evaluation: evaluationWith(12) });
    await registry.register(first);
    const better = await registry.convert({ seed: 2, evaluation: evaluationWith(2) });
    const version = await registry.convert({ seed: 3, evaluation: evaluationWith(12) });
    // While it is judged against the first, the better one takes over.
    let isFirst = true;
    const openSession = async (onnx: Uint8Array) => {
      if (isFirst) {
        isFirst = false;
        await registry.register(better);
      }
      return loadSession(onnx);
    };
    const { outcome, gate } = await registry.register(version, { openSession });
    expect(outcome).toBe('rejected');
    expect(gate('top-1 against production').reason).toContain(better);
    expect(await registry.inProduction()).toBe(better);
  });
});

// Field case 76.
test('the same name with other bytes is refused, and what serves stays as it was', async () => {
  const version = await registry.convert();
  await registry.register(version);
  const path = `${version}/${FILE.float32}`;
  const served = sha256((await registry.storage.read('models', path)).bytes);
  const { etag } = await registry.storage.read('registry', 'production.json');

  await expect(registry.storage.createOnce('models', path, Buffer.from('other bytes'))).rejects.toThrow(
    ConflictError,
  );
  const again = await registry.storage.read('trained', `${version}/${FILE.manifest}`);
  const other = { ...parseManifest(again.bytes), createdAt: '2026-11-25T23:00:00.000Z' };
  await registry.storage.replace(
    'trained',
    `${version}/${FILE.manifest}`,
    Buffer.from(formatManifest(other)),
    again.etag,
  );
  await expect(convertVersion(registry.storage, version)).rejects.toThrow(ConflictError);
  await expect(registry.register(version)).resolves.toMatchObject({ outcome: 'already in production' });

  expect(sha256((await registry.storage.read('models', path)).bytes)).toBe(served);
  expect((await registry.storage.read('registry', 'production.json')).etag).toBe(etag);
});

describe('a decision by hand stands', () => {
  const override = { at: '2026-11-26T12:00:00.000Z', by: 'someone', reason: 'meant' };
  const overrule = (version: string) =>
    updateRecord(registry.storage, version, (record) => ({
      ...record!,
      state: 'blessed',
      precision: 'float32',
      override,
    }));
  let version: string;
  beforeEach(async () => {
    await registry.register(await registry.convert({ evaluation: evaluationWith(2) }));
    version = await registry.convert({ seed: 2, evaluation: evaluationWith(12) });
    expect((await registry.register(version)).outcome).toBe('rejected');
  });

  it('when the event comes again', async () => {
    const blessed = await overrule(version);
    expect((await registry.register(version)).record).toEqual(blessed);
    expect(await findRecord(registry.storage, version)).toEqual(blessed);
  });

  it('when it falls while the version is judged again', async () => {
    const openSession = async (onnx: Uint8Array) => {
      await overrule(version);
      return loadSession(onnx);
    };
    expect((await registry.register(version, { openSession })).record).toMatchObject({
      state: 'blessed',
      override,
    });
    expect(await findRecord(registry.storage, version)).toMatchObject({ state: 'blessed', override });
  });
});
