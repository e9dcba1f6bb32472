/** Feedback over HTTP: given, listed and taken back, and what is left of a picture. */
import sharp from 'sharp';
import { feedbackRecordSchema } from '../../core/feedback/record.ts';
import { acceptFeedback } from '../../core/feedback/review.ts';
import * as pictures from '../helpers/pictures.ts';
import { stopAll } from '../helpers/processes.ts';
import { aForm, type ServedApp, startServedApp } from '../helpers/served-app.ts';

const SAID = { requestId: 'request-1', label: 'Bengal' };
const UNKNOWN = '20261125T081500Z-1c9f00aa';

let app: ServedApp;
let jpeg: Buffer;
beforeAll(async () => {
  app = await startServedApp({ versions: 2, settings: { FEEDBACK_PER_MINUTE: '1000' } });
  jpeg = await pictures.petJpeg();
}, 120_000);
afterAll(async () => {
  await app?.stop();
  await stopAll();
}, 30_000);

const give = (body: Parameters<ServedApp['post']>[1]) => app.post('feedback', body);
const take = (id: string) => app.call(`feedback/${id}`, { method: 'DELETE' });
const pathsOf = async (id: string) =>
  (await app.storage.list('feedback')).filter((path) => path.includes(id)).sort();
const recordOf = async (id: string) => {
  const path = (await pathsOf(id)).find((name) => name.endsWith('.json'))!;
  return feedbackRecordSchema.parse(JSON.parse((await app.storage.read('feedback', path)).bytes.toString()));
};
const form = (fields: Record<string, string>, ...files: Buffer[]) =>
  aForm([...Object.entries(fields), ...files.map((file) => ['image', file] as const)]);

test('JSON is kept as a record of the day, without a picture', async () => {
  const { status, body } = await give({ ...SAID, version: app.versions[0] });
  expect(status).toBe(201);
  expect(body).toEqual({ id: expect.stringMatching(/^\d{8}-\d{9}[0-9a-f]{23}$/), pictureKept: false });
  const day = `${body.id.slice(0, 4)}-${body.id.slice(4, 6)}-${body.id.slice(6, 8)}`;
  expect(await pathsOf(body.id)).toEqual([`${day}/${body.id}.json`]);
  expect(await recordOf(body.id)).toMatchObject({
    ...SAID,
    version: app.versions[0],
    picture: null,
    state: 'new',
  });
});

test('a picture that is sent with consent is kept without what the camera wrote', async () => {
  const camera = await pictures
    .pet({ width: 1600, height: 1200 })
    .withMetadata({ orientation: 6 })
    .withExif({ IFD0: { Artist: 'the owner' }, IFD3: { GPSLatitude: '51/1 30/1 0/1' } })
    .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/">the owner</x:xmpmeta>')
    .jpeg()
    .toBuffer();
  const sent = Buffer.concat([camera, Buffer.from('a film of the owner')]);
  expect((await sharp(sent).metadata()).exif).toBeDefined();
  const { status, body } = await give(form({ ...SAID, consent: 'true' }, sent));
  expect([status, body.pictureKept]).toEqual([201, true]);
  const [picturePath] = await pathsOf(body.id);
  const { bytes } = await app.storage.find('feedback', picturePath!).then((blob) => blob!);
  const metadata = await sharp(bytes).metadata();
  // Upright, as orientation 6 asks, and 1,024 on the longer side.
  expect(metadata).toMatchObject({ format: 'jpeg', width: 768, height: 1024 });
  for (const kind of ['exif', 'xmp', 'iptc', 'icc', 'orientation'] as const) {
    expect([kind, metadata[kind]]).toEqual([kind, undefined]);
  }
  expect(bytes.includes('the owner')).toBe(false);
  expect((await recordOf(body.id)).picture).toEqual({ bytes: bytes.length, width: 768, height: 1024 });
});

test.each([{}, { consent: 'false' }])(
  'without consent no picture is kept or even read: %j',
  async (fields) => {
    for (const picture of [jpeg, Buffer.from('no picture at all')]) {
      const { status, body } = await give(form({ ...SAID, ...fields }, picture));
      expect([status, body.pictureKept]).toEqual([201, false]);
      expect(await pathsOf(body.id)).toHaveLength(1);
    }
  },
);

test.each([{}, { consent: 'false' }])('a form without a picture is taken as JSON is: %j', async (fields) => {
  const { status, body } = await give(form({ ...SAID, ...fields }));
  expect([status, body.pictureKept]).toEqual([201, false]);
});

test.each(['Bengal', 'pug', 'other', 'not a pet'])('takes the label %j', async (label) => {
  expect((await give({ ...SAID, label })).status).toBe(201);
});

test.each<[string, object, number, string]>([
  ['a breed that the model lacks', { ...SAID, label: 'Dodo' }, 400, '"Dodo" is no breed of the model'],
  ['no label', { requestId: 'a' }, 400, '`label`: it is missing'],
  ['no request id', { label: 'pug' }, 400, '`requestId`: it is missing'],
  ['a request id that is none', { ...SAID, requestId: '../x' }, 400, '`requestId`'],
  ['a version that is none', { ...SAID, version: 'new' }, 400, '`version`'],
  ['a version that is unknown', { ...SAID, version: UNKNOWN }, 404, 'is not known'],
  ['something unknown', { ...SAID, comment: 'nice' }, 400, '`comment`: not known here'],
  ['consent in JSON', { ...SAID, consent: true }, 400, 'send both as a form'],
])('refuses %s', async (_kind, body, status, words) => {
  const before = await app.storage.list('feedback');
  const answer = await give(body);
  expect(answer.status).toBe(status);
  expect(answer.body.detail).toContain(words);
  expect(await app.storage.list('feedback')).toEqual(before);
});

test('refuses a form with consent that is unclear, two pictures or a picture that is none, and keeps nothing', async () => {
  const before = await app.storage.list('feedback');
  const heic = pictures.heifHeader('heic', ['heic']);
  const refused: [FormData, number, string][] = [
    [form({ ...SAID, consent: 'yes' }, jpeg), 400, '`consent`: it must be true or false'],
    [form({ ...SAID, consent: 'true' }, jpeg, jpeg), 400, '2 files'],
    [form({ ...SAID, consent: 'true' }), 400, 'no picture in the form'],
    [form({ ...SAID, consent: 'true' }, Buffer.alloc(0)), 400, 'This file is empty'],
    [form({ ...SAID, consent: 'true' }, heic), 415, 'HEIC'],
    [form({ ...SAID, consent: 'true' }, jpeg.subarray(0, 2000)), 422, 'cut off'],
    [form({ ...SAID, consent: 'true' }, Buffer.alloc(11_000_000, jpeg)), 413, '10 MB'],
    [form({ ...SAID, label: 'Dodo', consent: 'true' }, jpeg), 400, 'Dodo'],
  ];
  for (const [body, status, words] of refused) {
    const answer = await give(body);
    expect(answer.status).toBe(status);
    expect(answer.body.detail).toContain(words);
  }
  expect(await app.storage.list('feedback')).toEqual(before);
});

test('whoever has the id deletes record and picture, once and again', async () => {
  const { body } = await give(form({ ...SAID, consent: 'true' }, jpeg));
  expect(await pathsOf(body.id)).toHaveLength(2);
  const answer = await take(body.id);
  expect([answer.status, answer.body]).toEqual([204, '']);
  expect(await pathsOf(body.id)).toEqual([]);
  expect((await take(body.id)).status).toBe(204);
});

test('what a reviewer accepted is listed as such, without who did, and its copy goes when it is taken back', async () => {
  const { id } = (await give(form({ ...SAID, consent: 'true' }, jpeg))).body;
  await acceptFeedback(app.storage, id, { by: 'ada', labels: null });
  const copy = `feedback/${SAID.label}/${id}.jpg`;
  expect(await app.storage.list('datasets')).toEqual([copy]);
  const { body } = await app.call('feedback');
  const listed = body.feedback.find((entry: { id: string }) => entry.id === id);
  expect(listed).toMatchObject({ state: 'accepted', label: SAID.label });
  expect(JSON.stringify(listed)).not.toContain('ada');
  expect((await take(id)).status).toBe(204);
  expect(await app.storage.list('datasets')).toEqual([]);
  expect(await pathsOf(id)).toEqual([]);
});

test.each(['x', '20261125-1', `${'20269999'}-${'0'.repeat(32)}`, '..%2Fproduction', 'a'.repeat(300)])(
  'DELETE of %s is 400',
  async (id) => {
    const { status, body } = await take(id);
    expect(status).toBe(400);
    expect(body.detail).toContain('is not an id of feedback');
  },
);

test('the list has the feedback of today, oldest first, and goes on after an id', async () => {
  const ids: string[] = [];
  for (const label of ['pug', 'beagle']) ids.push((await give({ ...SAID, label })).body.id);
  const { status, body } = await app.call('feedback');
  expect(status).toBe(200);
  expect(body.next).toBeNull();
  expect(body.feedback.slice(-2)).toEqual([
    {
      id: ids[0],
      at: expect.any(String),
      label: 'pug',
      requestId: SAID.requestId,
      version: null,
      hasPicture: false,
      state: 'new',
    },
    expect.objectContaining({ id: ids[1], label: 'beagle' }),
  ]);
  const after = await app.call(`feedback?after=${ids[0]}`);
  expect(after.body.feedback.map(({ id }: { id: string }) => id)).toEqual([ids[1]]);
  expect((await app.call('feedback?day=2001-01-01')).body).toEqual({ feedback: [], next: null });
});

test.each([
  ['day=yesterday', '`day`'],
  ['day=2026-02-30', '`day`'],
  ['after=x', '`after`'],
  ['day=2001-01-01&after=20261125-12000000000000000000000000000000', 'another day'],
])('GET feedback?%s is 400', async (query, words) => {
  const { status, body } = await app.call(`feedback?${query}`);
  expect(status).toBe(400);
  expect(body.detail).toContain(words);
});

test('methods: the route says all it has, and refuses the others', async () => {
  const allow = 'POST, GET, HEAD, OPTIONS';
  const options = await app.call('feedback', { method: 'OPTIONS' });
  expect([options.status, options.headers.get('allow')]).toEqual([204, allow]);
  const put = await app.call('feedback', { method: 'PUT' });
  expect([put.status, put.headers.get('allow')]).toEqual([405, allow]);
  expect((await app.call('feedback', { method: 'HEAD' })).status).toBe(200);
  expect((await app.call('feedback/x', { method: 'GET' })).headers.get('allow')).toBe('DELETE, OPTIONS');
});

test('more than an instance takes in a minute is 429 with Retry-After', async () => {
  const statuses: number[] = [];
  const small = await startServedApp({ settings: { FEEDBACK_PER_MINUTE: '2' } });
  for (let i = 0; i < 3; i++) {
    const { status, headers } = await small.post('feedback', SAID);
    statuses.push(status);
    if (status === 429) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  }
  await small.stop();
  expect(statuses).toEqual([201, 201, 429]);
}, 60_000);
