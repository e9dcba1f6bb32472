/**
 * The entrypoint of the training container as a child process: from `datasets/…` in Azurite to `trained/{version}/`, and
 * what goes wrong on the way.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobServiceClient } from '@azure/storage-blob';
import { sha256 } from '../../core/hash.ts';
import { FILE, parseManifest } from '../../core/manifest.ts';
import { openStorage, type Storage } from '../../core/storage/storage.ts';
import { type RunningAzurite, startAzurite } from '../../scripts/azurite.ts';
import { checkpointPath } from '../../training/container/checkpoint-store.ts';
import { fetchArchive } from '../../training/container/fetch-archive.ts';
import { fetchBlobs } from '../../training/container/fetch-blobs.ts';
import type { JobSummary } from '../../training/container/job.ts';
import { makeTar } from '../helpers/archives.ts';
import { DRAWN_BREEDS, drawPhotograph, writeDrawnPhotographs } from '../helpers/drawn-photographs.ts';
import { ROOT, startNode, stopAll } from '../helpers/processes.ts';
import { writeTinyBase } from '../helpers/tiny-base.ts';

const ADDON = join(ROOT, 'node_modules', '@tensorflow', 'tfjs-node', 'lib', 'napi-v8', 'tfjs_binding.node');
const ENGINE = existsSync(ADDON) ? 'node' : 'cpu';
const COUNT = 10;

let folder: string;
let azurite: RunningAzurite;
let service: BlobServiceClient;
let storage: Storage;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pawprint-entrypoint-'));
  writeTinyBase(join(folder, 'base'));
  azurite = await startAzurite();
  service = BlobServiceClient.fromConnectionString(azurite.connectionString);
  storage = openStorage({ MODEL_STORAGE: azurite.connectionString });
  await storage.ensureContainers();
  await writeDrawnPhotographs(join(folder, 'photographs'), { count: COUNT });
  await upload('pets/');
}, 60_000);
afterAll(async () => {
  await stopAll();
  await azurite.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Puts the drawn photographs below a prefix of the container `datasets`. */
async function upload(prefix: string): Promise<void> {
  const photographs = join(folder, 'photographs');
  for (const breed of Object.keys(DRAWN_BREEDS)) {
    for (const name of readdirSync(join(photographs, breed))) {
      await put(`${prefix}${breed}/${name}`, readFileSync(join(photographs, breed, name)));
    }
  }
}

const put = (path: string, bytes: Uint8Array) =>
  service.getContainerClient('datasets').getBlockBlobClient(path).upload(Buffer.from(bytes), bytes.length);
const remove = (path: string) => service.getContainerClient('datasets').deleteBlob(path);

/** The environment of a job with a work folder of its own. */
const settings = (work: string, more: Record<string, string> = {}) => ({
  MODEL_STORAGE: azurite.connectionString,
  TRAIN_DATA: 'datasets/pets/',
  TRAIN_BASE: join(folder, 'base'),
  TRAIN_ENGINE: 'wasm',
  TRAIN_THREADS: '1',
  TRAIN_WORK: join(folder, work),
  XDG_CACHE_HOME: join(folder, 'cache'),
  ...more,
});
const SCRATCH = {
  TRAIN_NETWORK: 'scratch',
  TRAIN_ENGINE: ENGINE,
  TRAIN_SIZE: '32',
  TRAIN_FILTERS: '8,16,16',
  TRAIN_DENSE: '16',
  TRAIN_BATCH_SIZE: '16',
};

const start = (env: Record<string, string>) => startNode(['training/entrypoint.ts'], env);

async function finish(job: ReturnType<typeof start>): Promise<{ summary: JobSummary; output: string }> {
  const code = await job.ended;
  const output = job.output();
  const last = output
    .trim()
    .split('\n')
    .find((line) => line.startsWith('{"event":"training"'));
  if (last === undefined) throw new Error(`There is no summary:\n${output}`);
  const summary = JSON.parse(last) as JobSummary;
  expect(summary.exitCode).toBe(code);
  return { summary, output };
}
const run = (env: Record<string, string>) => finish(start(env));

async function evaluatedHashes(version: string): Promise<string[]> {
  const { bytes } = await storage.read('trained', `${version}/${FILE.evaluation}`);
  const { pictures } = JSON.parse(bytes.toString()) as { pictures: { sha256: string }[] };
  return pictures.map((picture) => picture.sha256).sort();
}

describe('a training job', () => {
  /** Of the first version: what is held back without feedback. */
  let heldBack: string[];

  it('goes from datasets/ to trained/{version}/manifest.json, and says what it did', async () => {
    const { summary, output } = await run(settings('whole', { PAWPRINT_RUN: 'run-1' }));
    expect(output).toMatch(/^device: CPU \(wasm/m);
    expect(summary).toMatchObject({
      outcome: 'pushed',
      exitCode: 0,
      message: null,
      run: 'run-1',
      data: 'datasets/pets/',
      device: 'CPU',
      photographs: { training: 3 * 8, heldBack: 3 * 2 },
      feedback: { added: 0, leftOut: 0 },
      resumed: false,
    });
    const { bytes } = await storage.read('trained', `${summary.version}/${FILE.manifest}`);
    const manifest = parseManifest(bytes);
    expect(manifest.data.source).toBe('datasets/pets/');
    expect(manifest.metrics.float32.top1).toBe(summary.metrics?.top1);
    for (const file of manifest.files) {
      expect(sha256(await storage.readModelFile('trained', manifest.version, file))).toBe(file.sha256);
    }
    // Everything of the job's own is unknown to npm run train, and isn't handed on.
    expect(output).not.toContain('is no setting');
    expect(output).toMatch(/datasets\/pets\/: 30 files, 30 of them fetched now/);
    heldBack = await evaluatedHashes(summary.version!);
  }, 120_000);

  it('trains on accepted feedback, and holds none of it back', async () => {
    const feedback = [
      ['Red_Cat/20261101-aa.jpg', await drawPhotograph(DRAWN_BREEDS.Red_Cat, 'feedback 1')],
      ['blue dog/20261101-bb.jpg', await drawPhotograph(DRAWN_BREEDS.blue_dog, 'feedback 2')],
      ['Unicorn/20261101-cc.jpg', await drawPhotograph([200, 200, 0], 'feedback 3')],
      ['Green_Cat/20261101-dd.jpg', readFileSync(join(folder, 'photographs', 'Red_Cat', 'Red_Cat_1.jpg'))],
    ] as const;
    for (const [path, bytes] of feedback) await put(`feedback/${path}`, bytes);
    try {
      const { summary, output } = await run(settings('feedback'));
      expect(output).toContain('the data set has no breed Unicorn');
      expect(output).toContain('Green_Cat/20261101-dd.jpg: the data set has the very same picture');
      expect(summary).toMatchObject({
        outcome: 'pushed',
        feedback: { added: 2, leftOut: 2 },
        photographs: { training: 3 * 8 + 2, heldBack: 3 * 2 },
      });
      const evaluated = await evaluatedHashes(summary.version!);
      expect(evaluated).toHaveLength(6);
      for (const [, bytes] of feedback.slice(0, 2)) expect(evaluated).not.toContain(sha256(bytes));
      expect(evaluated).toEqual(heldBack);
    } finally {
      for (const [path] of feedback) await remove(`feedback/${path}`);
    }
  }, 180_000);

  it('fetches the rest after a kill in the middle, and then only what has changed', async () => {
    const work = 'killed';
    const data = join(folder, work, 'data');
    const killed = start(settings(work));
    // The first line of what is remembered of the fetch.
    for (;;) {
      const notes = existsSync(data) ? readdirSync(data).filter((name) => name.endsWith('.jsonl')) : [];
      if (notes.some((name) => readFileSync(join(data, name), 'utf8').includes('\n'))) break;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    killed.signal('SIGKILL');
    await killed.ended;
    expect(killed.output()).not.toContain('30 files');

    const { summary, output } = await run(settings(work, { TRAIN_PUSH: 'false' }));
    const [, there] = /datasets\/pets\/: (\d+) of 30 files are there already/.exec(output)!;
    expect(Number(there)).toBeGreaterThan(0);
    expect(Number(there)).toBeLessThan(30);
    expect(output).toContain(`30 files, ${30 - Number(there)} of them fetched now`);
    expect(summary).toMatchObject({ outcome: 'trained', exitCode: 0, photographs: { training: 24 } });
  }, 180_000);

  it('takes an archive of Blob Storage whose SHA-256 is the one that was set, and no other', async () => {
    const photographs = join(folder, 'photographs');
    const entries = readdirSync(photographs).flatMap((breed) =>
      readdirSync(join(photographs, breed)).map((name) => ({
        name: `${breed}/${name}`,
        content: readFileSync(join(photographs, breed, name)),
      })),
    );
    const archive = await makeTar(entries, { gzip: true });
    await put('pets.tar.gz', archive);
    const env = { TRAIN_DATA: 'datasets/pets.tar.gz', TRAIN_PUSH: 'false' };
    const wrong = await run(settings('archive', { ...env, TRAIN_SHA256: 'a'.repeat(64) }));
    expect(wrong.summary).toMatchObject({ outcome: 'data', exitCode: 3 });
    expect(wrong.summary.message).toContain(
      `datasets/pets.tar.gz has the SHA-256 ${sha256(archive)}, not ${'a'.repeat(64)}`,
    );
    const right = await run(settings('archive', { ...env, TRAIN_SHA256: sha256(archive) }));
    expect(right.summary).toMatchObject({ outcome: 'trained', photographs: { training: 24, heldBack: 6 } });
    expect(right.output).toContain('datasets/pets.tar.gz is there already');
  }, 120_000);
});

describe('a training job that is stopped', () => {
  const env = (work: string, more = {}) => settings(work, { ...SCRATCH, TRAIN_EPOCHS: '400', ...more });

  it('keeps its checkpoint in Blob Storage, and is gone on with on another machine', async () => {
    const stopped = start(env('stopped'));
    await stopped.until(/epoch 2 of 400: .*left\n/);
    stopped.signal('SIGTERM');
    const { summary, output } = await finish(stopped);
    expect(summary).toMatchObject({ outcome: 'stopped', exitCode: 143, version: null, resumed: false });
    const path = checkpointPath('datasets/pets/');
    expect(output).toContain(`the checkpoint is kept in trained/${path}`);
    expect(await storage.properties('trained', path)).toBeDefined();

    // With the first work folder gone: another machine.
    const next = start(env('another-machine'));
    await next.until(/resumed after epoch \d+, from/);
    next.signal('SIGINT');
    expect((await finish(next)).summary).toMatchObject({
      outcome: 'interrupted',
      exitCode: 130,
      resumed: true,
    });
    const versions = (await storage.list('trained')).map((one) => one.split('/')[0]);
    expect(new Set(versions).has('checkpoints')).toBe(true);
  }, 120_000);

  it('starts afresh where the checkpoint is of other settings, and takes it away when it has pushed', async () => {
    const { summary, output } = await run(
      env('other-settings', { TRAIN_EPOCHS: '2', TRAIN_LEARNING_RATE: '0.002' }),
    );
    expect(output).toContain('is of another run');
    expect(summary).toMatchObject({ outcome: 'pushed', resumed: false });
    expect(await storage.properties('trained', checkpointPath('datasets/pets/'))).toBeUndefined();
  }, 120_000);
});

describe('a training job ends with a code and a message that says what to do', () => {
  const fail = async (more: Record<string, string>) => (await run(settings('failing', more))).summary;

  it('for settings that are wrong', async () => {
    expect(await fail({ TRAIN_EPOCHS: 'many' })).toMatchObject({ outcome: 'settings', exitCode: 2 });
    expect((await fail({ TRAIN_DEVICE: 'tpu' })).message).toContain('expected one of auto, gpu, cpu');
    // Told by the training itself, before it reads a photograph.
    const base = await fail({ TRAIN_BASE: 'nothing' });
    expect(base).toMatchObject({ outcome: 'settings', exitCode: 2 });
    expect(base.message).toContain('There is no base network nothing');
  }, 60_000);

  it('for a GPU that was asked for and is not seen, before anything is fetched', async () => {
    const { summary, output } = await run(settings('no-gpu', { TRAIN_DEVICE: 'gpu', TRAIN_ENGINE: 'auto' }));
    expect(summary).toMatchObject({ outcome: 'no-gpu', exitCode: 4, data: null });
    expect(summary.message).toContain('TRAIN_DEVICE is gpu and no GPU works');
    expect(output).not.toContain('files');
  }, 60_000);

  it('for a data set that is not there', async () => {
    const missing = await fail({ TRAIN_DATA: 'datasets/nothing/' });
    expect(missing).toMatchObject({ outcome: 'data', exitCode: 3 });
    expect(missing.message).toContain('There is no photograph below datasets/nothing/');
    const nowhere = await fail({ TRAIN_DATA: join(folder, 'nowhere') });
    expect(nowhere).toMatchObject({ outcome: 'data', exitCode: 3 });
    expect(nowhere.message).toContain('nowhere, which TRAIN_DATA names');
    expect(nowhere.message).not.toContain('--data');
  }, 60_000);

  it('for photographs that can not be trained on', async () => {
    await put('one-class/Red_Cat/1.jpg', await drawPhotograph([1, 2, 3], 'one'));
    const summary = await fail({ TRAIN_DATA: 'datasets/one-class/' });
    expect(summary).toMatchObject({ outcome: 'data', exitCode: 3 });
    expect(summary.message).toContain('only Red_Cat, 1 class, found');
  }, 60_000);

  it('for a loss that is not a number', async () => {
    const summary = await fail({ ...SCRATCH, TRAIN_LEARNING_RATE: '1e30', TRAIN_EPOCHS: '3' });
    expect(summary).toMatchObject({ outcome: 'training', exitCode: 5 });
    expect(summary.message).toContain('Training stopped in epoch');
  }, 60_000);

  it('for a version that storage does not take', async () => {
    // Trained on a folder of this machine, pushed to an account without containers.
    const empty = await startAzurite();
    try {
      const more = {
        MODEL_STORAGE: empty.connectionString,
        TRAIN_DATA: join(folder, 'photographs'),
        TRAIN_FEEDBACK: 'off',
      };
      const summary = await fail(more);
      expect(summary).toMatchObject({ outcome: 'push', exitCode: 6, photographs: { training: 24 } });
      expect(summary.message).toContain(`${summary.version} is trained and not pushed`);
      expect(summary.message).toContain('no container trained');
    } finally {
      await empty.stop();
    }
  }, 60_000);

  it('and a signal while it fetches', async () => {
    const job = start(settings('slow'));
    await job.until(/^device: /m);
    job.signal('SIGTERM');
    expect((await finish(job)).summary).toMatchObject({ outcome: 'stopped', exitCode: 143 });
  }, 60_000);
});

describe('a fetch from Blob Storage', () => {
  const lines: string[] = [];
  const reporter = {
    line: (text: string) => void lines.push(text),
    progress: () => ({ onProgress() {}, end() {} }),
  };
  const fetching = (name: string) => {
    lines.length = 0;
    return { folder: join(folder, 'fetch', name), reporter, pause: 1 };
  };
  beforeAll(() => mkdirSync(join(folder, 'fetch'), { recursive: true }));

  it('refuses a blob whose name leads out of the folder, and fetches nothing', async () => {
    await upload('evil/');
    // The SDK makes slashes of these, and keeps what they lead through.
    await put('evil/Red_Cat/..\\..\\..\\evil.jpg', Buffer.from('evil'));
    const options = fetching('evil');
    await expect(fetchBlobs(storage, 'evil/', options)).rejects.toThrow(
      'is refused: its name leads out of the folder',
    );
    expect(existsSync(options.folder)).toBe(false);
  });

  it('refuses a photograph whose bytes are not those of its checksum', async () => {
    await upload('damaged/');
    const path = 'damaged/Red_Cat/Red_Cat_1.jpg';
    const blobContentMD5 = createHash('md5').update('other bytes').digest();
    await service.getContainerClient('datasets').getBlobClient(path).setHTTPHeaders({ blobContentMD5 });
    const options = fetching('damaged');
    await expect(fetchBlobs(storage, 'damaged/', options)).rejects.toThrow(
      `datasets/${path} is damaged: its MD5 is`,
    );
    await put('damaged.zip', Buffer.from('not what it was'));
    await service
      .getContainerClient('datasets')
      .getBlobClient('damaged.zip')
      .setHTTPHeaders({ blobContentMD5 });
    await expect(fetchArchive(service, 'damaged.zip', options)).rejects.toThrow(
      'datasets/damaged.zip is damaged: its MD5 is',
    );
  });

  it('fetches what has changed and takes away what is gone', async () => {
    await put('changing/a/1.jpg', Buffer.from('one'));
    await put('changing/a/2.jpg', Buffer.from('two'));
    await put('changing/.hidden/3.jpg', Buffer.from('three'));
    const options = fetching('changing');
    const first = await fetchBlobs(storage, 'changing/', options);
    expect(first).toMatchObject({ files: 2, fetched: 2 });
    await put('changing/a/1.jpg', Buffer.from('uno'));
    await remove('changing/a/2.jpg');
    expect(await fetchBlobs(storage, 'changing/', options)).toMatchObject({ files: 1, fetched: 1 });
    expect(readdirSync(first.folder, { recursive: true }).sort()).toEqual(['a', join('a', '1.jpg')]);
    expect(readFileSync(join(first.folder, 'a', '1.jpg'), 'utf8')).toBe('uno');
    // A file that was cut off is not taken for whole.
    writeFileSync(join(first.folder, 'a', '1.jpg'), 'u');
    expect(await fetchBlobs(storage, 'changing/', options)).toMatchObject({ fetched: 1 });
  });

  it('goes on with an archive where it stopped, and begins anew when that has changed', async () => {
    const bytes = randomBytes(3_000_000);
    await put('large.zip', bytes);
    const options = fetching('large');
    const path = await fetchArchive(service, 'large.zip', options);
    // As a kill leaves it, with zeros that a file system may put at the end of what it had not written.
    const part = Buffer.concat([bytes.subarray(0, 2_000_000), Buffer.alloc(10)]);
    writeFileSync(`${path}.part`, part.subarray(0, 2_000_000));
    renameSync(`${path}.etag`, `${path}.part.etag`);
    rmSync(path);
    await fetchArchive(service, 'large.zip', options);
    expect(lines).toContain('datasets/large.zip: going on after 2 MB');
    expect(readFileSync(path).equals(bytes)).toBe(true);

    writeFileSync(`${path}.part`, part);
    writeFileSync(`${path}.part.etag`, '"of another"');
    const other = randomBytes(1_000_000);
    await put('large.zip', other);
    await fetchArchive(service, 'large.zip', fetching('large'));
    expect(lines.join()).not.toContain('going on');
    expect(readFileSync(path).equals(other)).toBe(true);
  });

  it('says that a blob or the container is not there', async () => {
    const options = fetching('missing');
    await expect(fetchArchive(service, 'nothing.zip', options)).rejects.toThrow(
      'There is no blob datasets/nothing.zip.',
    );
    const empty = await startAzurite();
    try {
      const MODEL_STORAGE = empty.connectionString;
      const fault = 'this storage account has no container datasets';
      await expect(fetchBlobs(openStorage({ MODEL_STORAGE }), 'pets/', options)).rejects.toThrow(fault);
      const none = BlobServiceClient.fromConnectionString(MODEL_STORAGE);
      await expect(fetchArchive(none, 'pets.zip', options)).rejects.toThrow(fault);
    } finally {
      await empty.stop();
    }
  });
});
