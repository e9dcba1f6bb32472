/** What gets into production and what doesn't: whole versions through register, on Azurite. */
import { parseGateConfig } from '../../core/config.ts';
import { sha256 } from '../../core/hash.ts';
import { loadSession, type Session } from '../../core/inference/session.ts';
import { rejections } from '../../core/lifecycle/gates/verdict.ts';
import { FILE, formatManifest, parseManifest } from '../../core/manifest.ts';
import { findRecord } from '../../core/registry/registry.ts';
import { anEvaluation, TINY_LABELS } from '../helpers/evaluations.ts';
import {
  aRegistryAtWork,
  evaluationForFloat32,
  evaluationWith,
  type RegistryAtWork,
} from '../helpers/registry-at-work.ts';

let registry: RegistryAtWork;
beforeAll(async () => {
  registry = await aRegistryAtWork();
}, 60_000);
beforeEach(() => registry.empty());
afterAll(() => registry.stop());

test('a version that passes has every gate with its figure in its record', async () => {
  await registry.register(await registry.convert({ seed: 1 }));
  const version = await registry.convert({ seed: 2 });
  const { record, outcome } = await registry.register(version);
  expect(outcome).toBe('promoted');
  expect(record.state).toBe('blessed');
  expect(record.gates.map(({ name }) => name)).toEqual([
    'schema',
    'hashes',
    'golden files',
    'labels',
    'loads and answers, float32',
    'parity, float32',
    'loads and answers, int8',
    'parity, int8',
    'evaluation',
    'int8 agrees with float32',
    'int8 keeps top-1',
    'int8 is faster here',
    'top-1',
    'top-3',
    'recall of each breed',
    'top-1 against production',
    'top-3 against production',
    'calibration',
    'latency against production',
    'size',
  ]);
  for (const gate of record.gates) {
    expect(gate.value).not.toBeNull();
    expect(gate.reason).not.toBe('');
    // On a network of three layers int8 may be no faster, and any two differ in time.
    if (!['int8 is faster here', 'latency against production'].includes(gate.name))
      expect(gate).toMatchObject({ passed: true });
  }
  expect(await findRecord(registry.storage, version)).toEqual(record);
});

test('a first version says that there was nothing to compare it with', async () => {
  const { gate, outcome } = await registry.register(await registry.convert());
  expect(outcome).toBe('promoted');
  for (const name of ['labels', 'top-1 against production', 'latency against production']) {
    expect(gate(name)).toMatchObject({ passed: true, reason: 'nothing is in production to compare with' });
  }
});

test('a version that is worse than production is rejected, and production stays', async () => {
  const good = await registry.convert({ evaluation: evaluationWith(2) });
  await registry.register(good);
  const version = await registry.convert({ seed: 2, evaluation: evaluationWith(12) });
  const { record, outcome, gate } = await registry.register(version);
  expect(outcome).toBe('rejected');
  expect(record).toMatchObject({ state: 'rejected', precision: null });
  expect(rejections(record.gates).map(({ name }) => name)).toEqual(['top-1 against production']);
  expect(gate('top-1 against production').reason).toContain(`88.0 % against 98.0 % of ${good}`);
  expect(await registry.inProduction()).toBe(good);
});

test('one failing gate hides no other: every reason is in the record', async () => {
  const good = await registry.convert();
  await registry.register(good);
  // Far too often wrong, badly calibrated, and float32 damaged.
  const evaluation = anEvaluation({ labels: TINY_LABELS, ranks: [4, 4, 4, 1] });
  const version = await registry.convert({ seed: 2, evaluation });
  const { bytes } = await registry.storage.read('models', `${version}/${FILE.manifest}`);
  const { metrics } = parseManifest(bytes);
  const uncalibrated = { ...metrics.float32, eceAfter: 0.6 };
  await registry.rewrite(
    version,
    {},
    { metrics: { float32: uncalibrated, int8: { ...metrics.int8, eceAfter: 0.6 } } },
  );
  const blob = await registry.storage.read('models', `${version}/${FILE.float32}`);
  blob.bytes[100]! ^= 1;
  await registry.storage.replace('models', `${version}/${FILE.float32}`, blob.bytes, blob.etag);

  const { record } = await registry.register(version);
  expect(rejections(record.gates).map(({ name }) => name)).toEqual([
    'hashes',
    'loads and answers, float32',
    'parity, float32',
    'top-1',
    'top-3',
    'recall of each breed',
    'top-1 against production',
    'top-3 against production',
    'calibration',
  ]);
  // int8 is whole, and was asked all the same.
  expect(record.gates.find(({ name }) => name === 'parity, int8')).toMatchObject({ passed: true });
  expect(await registry.inProduction()).toBe(good);
});

test('every damaged file is named, not only the first', async () => {
  const version = await registry.convert();
  for (const path of [FILE.int8, FILE.evaluation]) await registry.remove(version, path);
  const { record, gate } = await registry.register(version);
  expect(record.state).toBe('rejected');
  expect(gate('hashes')).toMatchObject({ passed: false, value: 3, threshold: 5 });
  for (const path of [FILE.int8, FILE.evaluation])
    expect(gate('hashes').reason).toContain(`${path} is not there`);
  expect(gate('top-1')).toMatchObject({ passed: false, reason: expect.stringContaining('not judged') });
});

test('a manifest that claims more than is read at once is refused before anything is', async () => {
  const version = await registry.convert();
  const stored = await registry.storage.read('models', `${version}/${FILE.manifest}`);
  const manifest = parseManifest(stored.bytes);
  manifest.files.push({ path: 'more.bin', bytes: 1_900_000_000, sha256: sha256('more') });
  await registry.storage.replace(
    'models',
    `${version}/${FILE.manifest}`,
    Buffer.from(formatManifest(manifest)),
    stored.etag,
  );
  const { record, gate } = await registry.register(version);
  expect(record.state).toBe('rejected');
  expect(gate('hashes').reason).toMatch(/lists 1\d{9} bytes in 6 files; at most 400000000 are read/);
});

test('an evaluation of no pictures is not blessed', async () => {
  const { record, gate } = await registry.register(await registry.convert({ evaluation: { pictures: [] } }));
  expect(record.state).toBe('rejected');
  expect(gate('evaluation')).toMatchObject({ passed: false, value: 0 });
  expect(gate('top-1').reason).toBe('not judged: there are no pictures held back');
  expect(await registry.inProduction()).toBeNull();
});

test('int8 that says something else serves as float32, and the record says why', async () => {
  const { record, outcome, gate } = await registry.register(
    await registry.convert({ evaluation: evaluationForFloat32() }),
  );
  expect([outcome, record.precision]).toEqual(['promoted', 'float32']);
  expect(gate('int8 agrees with float32')).toMatchObject({
    passed: false,
    value: 0.92,
    severity: 'precision',
  });
  expect(gate('top-1').reason).toContain('float32');
});

test('every session is freed, whatever the verdict is', async () => {
  let [opened, freed] = [0, 0];
  const openSession = async (onnx: Uint8Array): Promise<Session> => {
    const session = await loadSession(onnx);
    opened++;
    return {
      ...session,
      dispose: async () => {
        freed++;
        await session.dispose();
      },
    };
  };
  const good = await registry.convert({ evaluation: evaluationWith(2) });
  await registry.register(good, { openSession });
  expect([opened, freed]).toEqual([2, 2]);
  const rejected = await registry.register(
    await registry.convert({ seed: 2, evaluation: evaluationWith(12) }),
    { openSession },
  );
  expect(rejected.outcome).toBe('rejected');
  // Two of its own and production's.
  expect([opened, freed]).toEqual([5, 5]);
  const damaged = await registry.convert({ seed: 3, evaluation: evaluationWith(2) });
  await registry.rewrite(damaged, { [FILE.int8]: Buffer.from('not a model') });
  await registry.register(damaged, { openSession });
  expect(freed).toBe(opened);
});

// Field case 47.
test('a file that the runtime can not load is rejected on record, and production is unmoved', async () => {
  const good = await registry.convert();
  await registry.register(good);
  const { etag } = await registry.storage.read('registry', 'production.json');
  const version = await registry.convert({ seed: 2 });
  const { bytes } = await registry.storage.read('models', `${version}/${FILE.float32}`);
  await registry.rewrite(version, { [FILE.float32]: bytes.subarray(0, bytes.length >> 1) });
  const { record, gate } = await registry.register(version);
  expect(record.state).toBe('rejected');
  expect(gate('hashes').passed).toBe(true);
  expect(gate('loads and answers, float32').reason).toContain('not an ONNX file, or not all of one');
  expect((await registry.storage.read('registry', 'production.json')).etag).toBe(etag);
});

test('thresholds are settings', async () => {
  const version = await registry.convert({ evaluation: evaluationWith(30) });
  expect((await registry.register(version)).outcome).toBe('rejected');
  const lower = parseGateConfig({ GATE_MIN_TOP1: '.6', GATE_MIN_TOP3: '.9' });
  const { outcome, gate } = await registry.register(version, { settings: lower });
  expect(outcome).toBe('promoted');
  expect(gate('top-1')).toMatchObject({ value: 0.7, threshold: 0.6 });
});
