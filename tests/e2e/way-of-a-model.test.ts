/**
 * The whole way of a model: `npm run train -- --push` on pictures that the test draws and a network of three
 * layers, through Azurite and the host, to an answer over HTTP.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { readPhotograph } from '../../core/image/read.ts';
import { softmax } from '../../core/inference/scores.ts';
import { loadSession } from '../../core/inference/session.ts';
import { convertFiles } from '../../core/lifecycle/convert-version.ts';
import { FILE, type Manifest, type Precision, parseManifest } from '../../core/manifest.ts';
import { findPointer, findRecord } from '../../core/registry/registry.ts';
import { type AppHost, startAppHost } from '../helpers/app-host.ts';
import { DRAWN_BREEDS, drawPhotograph, writeDrawnPhotographs } from '../helpers/drawn-photographs.ts';
import { heifHeader, petJpeg } from '../helpers/pictures.ts';
import { eventually, runNode, stopAll } from '../helpers/processes.ts';
import { writeTinyBase } from '../helpers/tiny-base.ts';
import { aTinyVersion, type TinyVersion } from '../helpers/tiny-version.ts';

let app: AppHost;
let folder: string;
let manifest: Manifest;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pawprint-e2e-'));
  // The tiny versions that are pushed later know other breeds than the one that is trained here.
  app = await startAppHost({ GATE_LABELS: 'any' });
}, 60_000);
afterAll(async () => {
  await app?.stop();
  await stopAll();
  rmSync(folder, { recursive: true, force: true });
}, 30_000);

const post = (body: Uint8Array | string, init: RequestInit = {}, query = '') =>
  app.call(`classify${query}`, { method: 'POST', body: body as NonNullable<RequestInit['body']>, ...init });

async function push({ manifest: { version }, files }: TinyVersion): Promise<string> {
  for (const [path, bytes] of files) await app.storage.createOnce('trained', `${version}/${path}`, bytes);
  return version;
}

test('an empty registry is 503 with Retry-After, and health is 200', async () => {
  const photograph = await petJpeg();
  for (const answer of [await post(photograph), await app.call('ready'), await app.call('breeds')]) {
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({
      status: 503,
      detail: expect.stringContaining('No model is in production'),
    });
  }
  expect((await app.call('health')).status).toBe(200);
});

test('a model that training pushed answers over HTTP', async () => {
  const photographs = join(folder, 'photographs');
  await writeDrawnPhotographs(photographs);
  writeTinyBase(join(folder, 'base'));
  const output = await runNode(
    [
      'training/train.ts',
      ...['--data', photographs, '--base', join(folder, 'base'), '--out', join(folder, 'trained')],
      ...['--engine', 'wasm', '--cache', 'off', '--push'],
    ],
    { MODEL_STORAGE: app.azurite.connectionString },
  );
  const version = /(\d{8}T\d{6}Z-[0-9a-f]{8})/.exec(output)![1]!;
  manifest = parseManifest(readFileSync(join(folder, 'trained', version, FILE.manifest)));
  expect(await app.ready()).toMatchObject({ status: 'ready', version });

  const { status, body } = await post(await drawPhotograph(DRAWN_BREEDS.blue_dog, 'new'));
  expect(status).toBe(200);
  expect(body).toMatchObject({
    model: { version },
    predictions: [{ breed: 'blue_dog', name: 'Blue Dog', species: 'dog', score: expect.any(Number) }, {}, {}],
    image: { width: 60, height: 48, format: 'jpeg' },
    timing: { decodeMs: expect.any(Number), inferenceMs: expect.any(Number), totalMs: expect.any(Number) },
  });
  const sum = body.predictions.reduce((total: number, { score }: { score: number }) => total + score, 0);
  expect(sum).toBeCloseTo(1, 5);
}, 120_000);

// Field cases 80, 81, 83, 84, 85: one picture through the resize, the scaling and the label order of both ends.
test('the answer over HTTP is what TensorFlow.js says with the trained model', async () => {
  const picture = await drawPhotograph(DRAWN_BREEDS.Green_Cat, 'another');
  const { body } = await post(picture);
  const precision = body.model.precision as Precision;
  const { pixels } = await readPhotograph(picture, { input: manifest.input });
  const path = (file: string) => join(folder, 'trained', manifest.version, file);
  const files = new Map(manifest.files.map((file) => [file.path, readFileSync(path(file.path))]));
  const temperature = manifest.temperature[precision];
  const served = new Map<string, number>(
    body.predictions.map(({ breed, score }: { breed: string; score: number }) => [breed, score]),
  );

  const trained = await probabilitiesByTensorFlow(files, pixels);
  const expected = softmax(trained.map(Math.log), temperature);
  // int8 rounds by design; float32 may differ by the order of sums only.
  const digits = precision === 'float32' ? 4 : 1;
  for (const [i, { name }] of manifest.labels.entries()) {
    expect(served.get(name)).toBeCloseTo(expected[i]!, digits);
  }

  const session = await loadSession(convertFiles(manifest, files)[precision]);
  const { logits } = await session.run(pixels);
  await session.dispose();
  const byConversion = softmax(logits, temperature);
  for (const [i, { name }] of manifest.labels.entries()) {
    expect(served.get(name)).toBeCloseTo(byConversion[i]!, 6);
  }
});

async function probabilitiesByTensorFlow(files: Map<string, Buffer>, pixels: Uint8Array): Promise<number[]> {
  tf.enableProdMode();
  await tf.setBackend('cpu');
  const { modelTopology, weightsManifest } = JSON.parse(files.get(FILE.layersModel)!.toString());
  const weightData = new Uint8Array(files.get(FILE.weights)!).buffer;
  const weightSpecs = weightsManifest[0].weights;
  const model = await tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
  const { width, height, scaling } = manifest.input;
  return tf.tidy(() => {
    const scaled = tf
      .tensor4d(Float32Array.from(pixels), [1, height, width, 3])
      .sub(tf.tensor1d([...scaling.mean]))
      .div(tf.tensor1d([...scaling.std]));
    return [...(model.predict(scaled) as tf.Tensor).dataSync()];
  });
}

test('breeds lists the labels in the order of the output', async () => {
  const { body } = await app.call('breeds');
  expect(body).toEqual({
    version: manifest.version,
    breeds: [
      { breed: 'Green_Cat', name: 'Green Cat', species: 'cat' },
      { breed: 'Red_Cat', name: 'Red Cat', species: 'cat' },
      { breed: 'blue_dog', name: 'Blue Dog', species: 'dog' },
    ],
  });
});

describe('the error table', () => {
  test.each([
    ['an empty body', async () => post(''), 400],
    [
      'malformed JSON',
      async () => post('{"image":', { headers: { 'content-type': 'application/json' } }),
      400,
    ],
    [
      'a form without a boundary',
      async () => post('x', { headers: { 'content-type': 'multipart/form-data' } }),
      400,
    ],
    ['top=0', async () => post(await petJpeg(), {}, '?top=0'), 400],
    ['top above the number of labels', async () => post(await petJpeg(), {}, '?top=4'), 400],
    ['a version that is none', async () => post(await petJpeg(), {}, '?version=..%2Fx'), 400],
    ['an unknown version', async () => post(await petJpeg(), {}, '?version=20200101T000000Z-00000000'), 404],
    ['GET', async () => app.call('classify'), 405],
    ['11 MB', async () => post(Buffer.alloc(11 * 1024 * 1024, 1)), 413],
    [
      'HTML as a JPEG',
      async () => post('<!doctype html>', { headers: { 'content-type': 'image/jpeg' } }),
      415,
    ],
    ['HEIC', async () => post(heifHeader('heic', ['mif1', 'heic'])), 415],
    ['half a JPEG', async () => post((await petJpeg()).subarray(0, 9000)), 422],
  ])('%s', async (_, call, status) => {
    const answer = await call();
    expect(answer.status).toBe(status);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.body).toMatchObject({
      status,
      type: expect.stringContaining('urn:pawprint'),
      requestId: expect.any(String),
    });
    if (status === 405) expect(answer.headers.get('allow')).toContain('POST');
  });
});

test('a request id that is harmless is kept, another is replaced', async () => {
  const kept = await app.call('health', { headers: { 'x-request-id': 'abc-1' } });
  expect(kept.headers.get('x-request-id')).toBe('abc-1');
  const replaced = await app.call('health', { headers: { 'x-request-id': 'a b' } });
  expect(replaced.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
});

test('JSON and a form answer like the raw body', async () => {
  const picture = await petJpeg();
  const raw = await post(picture);
  const json = await post(JSON.stringify({ image: picture.toString('base64') }), {
    headers: { 'content-type': 'application/json' },
  });
  const form = new FormData();
  form.append('photo', new Blob([new Uint8Array(picture)], { type: 'image/jpeg' }), 'pet.jpg');
  const multipart = await app.call('classify', { method: 'POST', body: form });
  expect(json.body.predictions).toEqual(raw.body.predictions);
  expect(multipart.body.predictions).toEqual(raw.body.predictions);
});

test('the page is there, under a strict policy', async () => {
  const { status, headers, body } = await app.call('app');
  expect(status).toBe(200);
  expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(headers.get('content-security-policy')).not.toContain('unsafe');
  expect(body).toContain('<h1>');
});

test('a damaged version is recorded as failed after five tries, and production answers on', async () => {
  const damaged = await aTinyVersion({ seed: 3, createdAt: '2030-01-01T00:00:00.000Z' });
  damaged.files.get(FILE.weights)![10]! ^= 1;
  const version = await push(damaged);
  const record = await eventually(() => findRecord(app.storage, version));
  expect(record).toMatchObject({
    state: 'failed',
    gates: [{ passed: false, reason: expect.stringContaining(`trained/${version}/weights.bin is damaged`) }],
  });
  expect(app.host.output()).toContain(`PawprintVersionFailed {"step":"convert","version":"${version}"`);
  expect(app.host.output().match(/weights\.bin is damaged/g)!.length).toBeGreaterThanOrEqual(5);
  expect((await app.call('ready')).body.version).toBe(manifest.version);
}, 60_000);

test('a newer version takes over while requests are answered, and none of them fails', async () => {
  const statuses: number[] = [];
  const picture = await petJpeg({ width: 64, height: 64 });
  let over = false;
  const requests = (async () => {
    while (!over) statuses.push((await post(picture)).status);
  })();
  const version = await push(await aTinyVersion({ seed: 5, createdAt: '2031-01-01T00:00:00.000Z' }));
  await app.ready((body) => body.version === version);
  over = true;
  await requests;
  expect(new Set(statuses)).toEqual(new Set([200]));
  const { pointer } = (await findPointer(app.storage))!;
  expect(pointer).toMatchObject({ version, previous: manifest.version });
  // The one before is still there for those who ask for it by name.
  const pinned = await post(picture, {}, `?version=${manifest.version}`);
  expect(pinned.body.model.version).toBe(manifest.version);
}, 60_000);
