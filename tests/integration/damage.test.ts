/**
 * Bits that turned over where a version lies: refused with the name of the file, nothing of it written, and
 * production answers on.
 */
import { BlobServiceClient, type BlockBlobClient } from '@azure/storage-blob';
import { InvalidModelError } from '../../core/errors.ts';
import { ProductionModel } from '../../core/inference/production-model.ts';
import { convertVersion } from '../../core/lifecycle/convert-version.ts';
import { runStep } from '../../core/lifecycle/run-step.ts';
import { convertStep, registerStep } from '../../core/lifecycle/steps.ts';
import { FILE } from '../../core/manifest.ts';
import { findPointer, findRecord } from '../../core/registry/registry.ts';
import { openStorage, type Storage } from '../../core/storage/storage.ts';
import { type RunningAzurite, startAzurite } from '../../scripts/azurite.ts';
import { remember } from '../helpers/end-state.ts';
import { aFloat32Version, pushTiny } from '../helpers/push-tiny.ts';
import type { TinyVersion } from '../helpers/tiny-version.ts';

let azurite: RunningAzurite;
let storage: Storage;
let good: string;
let tiny: TinyVersion;
let version: string;

beforeAll(async () => {
  azurite = await startAzurite();
  storage = openStorage({ MODEL_STORAGE: azurite.connectionString });
  await storage.ensureContainers();
  good = await pushTiny(storage, await aFloat32Version({ seed: 1, createdAt: '2026-11-25T09:00:00.000Z' }));
  await runStep(storage, convertStep(storage, good));
  await runStep(storage, registerStep(storage, good, { by: 'test' }));
  tiny = await aFloat32Version({ seed: 2, createdAt: '2026-11-25T10:00:00.000Z' });
  version = await pushTiny(storage, tiny);
}, 60_000);
afterAll(async () => {
  await azurite?.stop();
});

const blobOf = (container: string, path: string) =>
  BlobServiceClient.fromConnectionString(azurite.connectionString)
    .getContainerClient(container)
    .getBlockBlobClient(path);

/**
 * Turns bits over where the blob lies: what storage noted of it when it was written stays. Or, with `anew`, writes it
 * anew with them, as a copy by way of a bad machine does. Returns what mends it.
 */
async function damage(
  blob: BlockBlobClient,
  { at, mask, anew = false }: { at: number; mask: number; anew?: boolean },
): Promise<() => Promise<unknown>> {
  const { contentMD5 } = await blob.getProperties();
  const bytes = await blob.downloadToBuffer();
  const whole = Buffer.from(bytes);
  bytes[at]! ^= mask;
  await blob.uploadData(bytes);
  if (!anew) await blob.setHTTPHeaders({ blobContentMD5: contentMD5! });
  return () => blob.uploadData(whole);
}

/** A bit in each tenth of a file, the first and the last byte among them. */
function everyRegion(bytes: number): number[] {
  return [...new Set(Array.from({ length: 11 }, (_, i) => Math.floor((i / 10) * (bytes - 1))))];
}

async function productionAnswers(): Promise<void> {
  expect((await findPointer(storage))!.pointer).toMatchObject({ version: good, history: [{}] });
  const production = new ProductionModel({ storage, maxAgeSeconds: 0, log: () => {} });
  const answer = await production.use((model) => model.answer(new Uint8Array(16 * 16 * 3)));
  expect(answer.scores).toHaveLength(4);
}

/** A manifest that was written anew can only be told by what is in it, its own hash or what makes no sense. */
const refusalOf = (folder: string, path: string, anew: boolean) =>
  path === FILE.manifest && anew ? FILE.manifest : `${folder}/${path} is damaged`;

describe('a bit turned over in any region', () => {
  afterEach(productionAnswers);

  const TRAINED = [
    FILE.weights,
    FILE.layersModel,
    FILE.golden,
    FILE.classMeans,
    FILE.calibration,
    FILE.evaluation,
    FILE.metrics,
    FILE.manifest,
  ];
  test.each(TRAINED)('of trained %s is refused with its name, and nothing is written', async (path) => {
    for (const [i, at] of everyRegion(tiny.files.get(path)!.length).entries()) {
      const anew = i % 2 === 1;
      const mend = await damage(blobOf('trained', `${version}/${path}`), { at, mask: 1 << (i % 8), anew });
      const converting = convertVersion(storage, version);
      await expect(converting).rejects.toThrow(InvalidModelError);
      await expect(converting).rejects.toThrow(refusalOf(`trained/${version}`, path, anew));
      await mend();
    }
    expect(await storage.list('models', `${version}/`)).toEqual([]);
  });

  const MODELS = [FILE.float32, FILE.int8, FILE.golden, FILE.classMeans, FILE.evaluation, FILE.manifest];
  test.each(MODELS)(
    'of models %s rejects the version with its name',
    async (path) => {
      await convertVersion(storage, version);
      const restore = await remember(azurite.connectionString, 'registry');
      const { contentLength } = await blobOf('models', `${version}/${path}`).getProperties();
      for (const [i, at] of everyRegion(contentLength!).entries()) {
        const anew = i % 2 === 1;
        const mend = await damage(blobOf('models', `${version}/${path}`), { at, mask: 1 << (i % 8), anew });
        const step = registerStep(storage, version, { by: 'test' });
        await expect(runStep(storage, step)).resolves.toMatchObject({ outcome: 'rejected' });
        const { state, gates } = (await findRecord(storage, version))!;
        expect(state).toBe('rejected');
        const reasons = gates.filter(({ passed }) => !passed).map(({ reason }) => reason);
        expect(reasons.join('\n')).toContain(refusalOf(`models/${version}`, path, anew));
        await mend();
      }
      await restore();
      for (const name of await storage.list('models', `${version}/`)) await blobOf('models', name).delete();
    },
    120_000,
  );
});
