/** The TypeScript client against the service itself. */
import { PawprintClient, RefusedError } from '../../clients/typescript/index.ts';
import { petJpeg } from '../helpers/pictures.ts';
import { stopAll } from '../helpers/processes.ts';
import { type ServedApp, startServedApp } from '../helpers/served-app.ts';

let app: ServedApp;
let client: PawprintClient;
let jpeg: Uint8Array<ArrayBuffer>;
beforeAll(async () => {
  app = await startServedApp();
  client = new PawprintClient({ url: app.url, clientId: 'test' });
  jpeg = new Uint8Array(await petJpeg());
}, 120_000);
afterAll(async () => {
  await app?.stop();
  await stopAll();
}, 30_000);

test('one photograph is answered the same as bytes, as a Blob and as a buffer', async () => {
  const { predictions, model, image } = await client.classify(jpeg);
  expect(predictions).toHaveLength(3);
  expect(model.version).toBe(app.versions[0]);
  expect(image).toEqual({ width: 640, height: 480, format: 'jpeg' });
  for (const same of [new Blob([jpeg]), new Blob([jpeg], { type: 'image/jpeg' }), jpeg.slice().buffer]) {
    await expect(client.classify(same)).resolves.toMatchObject({ predictions });
  }
});

test('top, version and species do what they say', async () => {
  const answer = await client.classify(jpeg, { top: 1, version: app.versions[0], species: 'cat' });
  expect(answer.predictions).toHaveLength(1);
  expect(answer.filter).toMatchObject({ species: 'cat' });
  const error = await client.classify(jpeg, { version: '20200101T000000Z-00000000' }).catch((e) => e);
  expect(error).toBeInstanceOf(RefusedError);
  expect(error).toMatchObject({ status: 404, problem: { type: 'urn:pawprint:problem:not-found' } });
  expect(error.requestId).toBe(error.problem.requestId);
});

test('a batch keeps order and names, and a damaged photograph has its own problem', async () => {
  const { results } = await client.classifyBatch([
    { picture: jpeg, filename: 'first.jpg' },
    { picture: jpeg.slice(0, jpeg.length / 2), filename: 'cut.jpg' },
    { picture: new File([jpeg], 'third é.jpg') },
  ]);
  expect(results.map(({ filename }) => filename)).toEqual(['first.jpg', 'cut.jpg', 'third é.jpg']);
  expect(results.map((result) => ('problem' in result ? result.problem.status : 200))).toEqual([
    200, 422, 200,
  ]);
});

test('feedback is given, with and without the picture, and taken back twice', async () => {
  const [{ requestId, model }, { breeds }, { version }] = await Promise.all([
    client.classify(jpeg),
    client.breeds(),
    client.ready(),
  ]);
  expect(version).toBe(model.version);
  const feedback = { requestId, label: breeds[0]!.breed, version };
  await expect(client.giveFeedback(feedback)).resolves.toMatchObject({ pictureKept: false });
  const { id, pictureKept } = await client.giveFeedback(feedback, { pictureWithConsent: jpeg });
  expect(pictureKept).toBe(true);
  await client.deleteFeedback(id);
  await client.deleteFeedback(id);
  await expect(client.giveFeedback({ ...feedback, label: 'Unicorn' })).rejects.toMatchObject({ status: 400 });
});
