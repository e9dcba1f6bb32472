/**
 * @module tests/helpers/swap-candidates
 * Sets a canary and a shadow and ends them again, time after time, while requests are answered, and prints as JSON how
 * many sessions of ONNX Runtime were made and how many of them are not released.
 *
 *     node swap-candidates.ts TIMES [leak]        `leak` never frees a model: what the test must notice
 */
import { InferenceSession } from 'onnxruntime-node';
import { Models } from '../../core/inference/models.ts';
import { loadServableModel } from '../../core/inference/servable-model.ts';
import { moveCanary, moveProduction, moveShadow } from '../../core/registry/moves.ts';
import { findPointer, swapPointer } from '../../core/registry/pointer.ts';
import { writeRecord } from '../../core/registry/registry.ts';
import type { Pointer } from '../../core/registry/schema.ts';
import { memoryStorage } from './memory-storage.ts';
import { aWideVersion } from './wide-version.ts';

const times = Number(process.argv[2]);
let [made, released] = [0, 0];
const create = InferenceSession.create.bind(InferenceSession) as (
  ...args: unknown[]
) => Promise<InferenceSession>;
InferenceSession.create = async (...args: unknown[]) => {
  const session = await create(...args);
  const release = session.release.bind(session);
  made++;
  session.release = async () => {
    await release();
    released++;
  };
  return session;
};
const load: typeof loadServableModel = async (...args) => {
  const model = await loadServableModel(...args);
  return process.argv[3] === 'leak' ? { ...model, retire: async () => {} } : model;
};
const { storage } = memoryStorage();
const at = new Date(0).toISOString();
const decision = { at, by: 'test', reason: 'test' };
const names: string[] = [];
for (const seed of [1, 2]) {
  const { manifest, files } = await aWideVersion(seed);
  const { version } = manifest;
  names.push(version);
  for (const [path, bytes] of files) await storage.createOnce('models', `${version}/${path}`, bytes);
  const blessed = { state: 'blessed', precision: 'float32', registeredAt: at } as const;
  await writeRecord(storage, { schemaVersion: 1, version, ...blessed, gates: [] });
}
const [production, candidate] = names as [string, string];
const target = { version: production, precision: 'float32' } as const;
await swapPointer(storage, undefined, moveProduction(undefined, target, { ...decision, action: 'promote' }));

const models = new Models({ storage, maxAgeSeconds: 0, log: () => {}, load });
async function change(move: (pointer: Pointer) => Pointer): Promise<void> {
  const found = (await findPointer(storage))!;
  await swapPointer(storage, found, move(found.pointer));
}

let over = false;
let answered = 0;
let failed = 0;
const versions = new Set<string>();
// Those that made the versions.
const before = made;
const pixels = new Uint8Array(16 * 16 * 3).fill(100);
async function ask(client: string): Promise<void> {
  while (!over) {
    try {
      await models.use({ key: client }, async (model) => {
        versions.add(model.manifest.version);
        return model.answer(pixels);
      });
      answered++;
    } catch {
      failed++;
    }
  }
}
const isSet = () => models.canary.model !== undefined && models.shadow.model !== undefined;
const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
};

const clients = [ask('1'), ask('2')];
for (let time = 0; time < times; time++) {
  await change((pointer) =>
    moveShadow(moveCanary(pointer, { version: candidate, share: 1 }, decision), candidate, decision),
  );
  await until(isSet);
  await change((pointer) => moveShadow(moveCanary(pointer, null, decision), null, decision));
  await until(() => models.candidates.canary === null && models.candidates.shadow === null);
}
over = true;
await Promise.all(clients);
console.log(
  JSON.stringify({ made: made - before, open: made - released, answered, failed, versions: versions.size }),
);
