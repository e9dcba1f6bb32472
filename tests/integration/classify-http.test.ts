/** What real clients send to /api/classify, over HTTP: field cases 1 to 24, 66, 71 and 86, and several pictures. */
import { existsSync, readFileSync } from 'node:fs';
import sharp from 'sharp';
import * as pictures from '../helpers/pictures.ts';
import { stopAll } from '../helpers/processes.ts';
import { aForm, type ServedApp, startServedApp } from '../helpers/served-app.ts';
import { formOf } from '../unit/functions/http/requests.ts';

const MEGABYTE = 1024 * 1024;
const HTML = Buffer.from('<!doctype html><html><p>Log in</p></html>');
const HEIC = pictures.heifHeader('heic', ['mif1', 'MiHE', 'miaf', 'heic']);

let app: ServedApp;
let jpeg: Buffer;
beforeAll(async () => {
  app = await startServedApp({
    versions: 2,
    settings: { CLASSIFY_URL_HOSTS: 'localhost.example.org, *.photos.example.net' },
  });
  jpeg = await pictures.petJpeg();
}, 120_000);
afterAll(async () => {
  await app?.stop();
  await stopAll();
}, 30_000);

const classify = (body?: Parameters<ServedApp['post']>[1], headers = {}, query = '') =>
  app.post(`classify${query}`, body, headers);

interface Prediction {
  breed: string;
  species: string;
  score: number;
}

/** Fails unless both answers name the same breeds with scores within .02: 'same answer' of the field cases. */
function expectSameAnswer(found: { predictions: Prediction[] }, wanted: { predictions: Prediction[] }) {
  expect(found.predictions.map(({ breed }) => breed)).toEqual(wanted.predictions.map(({ breed }) => breed));
  for (const [index, { score }] of found.predictions.entries()) {
    expect(Math.abs(score - wanted.predictions[index]!.score)).toBeLessThanOrEqual(0.02);
  }
}

test('a photograph is answered as the contract says, and the answer is kept by nobody', async () => {
  const { status, headers, body } = await classify(jpeg, { 'x-request-id': 'mine' });
  expect(status).toBe(200);
  expect(Object.keys(body)).toEqual([
    'requestId',
    'model',
    'predictions',
    'confident',
    'reason',
    'image',
    'timing',
  ]);
  expect(body).toMatchObject({
    requestId: 'mine',
    model: { version: app.versions[1], precision: 'float32' },
    image: { width: 640, height: 480, format: 'jpeg' },
  });
  expect(body.predictions).toHaveLength(3);
  expect(headers.get('x-request-id')).toBe('mine');
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('etag')).toBeNull();
});

describe('odd photographs', () => {
  // Cases 1, 2, 9 and 10.
  test('of phones and programs give the same answer as plain ones', async () => {
    const { body: plain } = await classify(jpeg);
    const second = await pictures.plain([90, 90, 90], { width: 64, height: 64 }).jpeg().toBuffer();
    const cmyk = await pictures.pet().toColourspace('cmyk').jpeg({ quality: 95 }).toBuffer();
    const odd = {
      '1, stray bytes': pictures.insertBefore(jpeg, 0xdb, Buffer.alloc(18)),
      "2, Samsung's scan": pictures.withSamsungScan(jpeg),
      '9, a gain map and a film behind': Buffer.concat([jpeg, second, Buffer.alloc(1_000_000, 1)]),
    };
    for (const [kind, bytes] of Object.entries(odd)) {
      const { status, body } = await classify(bytes);
      expect([kind, status]).toEqual([kind, 200]);
      expectSameAnswer(body, plain);
      expect(body.image).toEqual(plain.image);
    }
    for (const bytes of [cmyk, pictures.withoutSegment(cmyk, 0xee)]) {
      const { body } = await classify(bytes);
      expect(body.predictions[0].breed).toBe(plain.predictions[0].breed);
    }
  });

  // Case 3: beside 1 and 2, in one run.
  test('that are cut off are 422, and no strictness refuses what phones write', async () => {
    const table = [
      [422, jpeg.subarray(0, Math.floor(jpeg.length * 0.6))],
      [422, jpeg.subarray(0, -2)],
      [200, pictures.restartJpeg({ cut: true })],
      [200, pictures.insertBefore(jpeg, 0xdb, Buffer.alloc(18))],
      [200, pictures.withSamsungScan(jpeg)],
    ] as const;
    const statuses: number[] = [];
    for (const [, bytes] of table) statuses.push((await classify(bytes)).status);
    expect(statuses).toEqual(table.map(([status]) => status));
  });

  // Case 4.
  test('HEIC is 415 with the next step, however it is sent; AVIF is read', async () => {
    for (const answer of [
      await classify(HEIC, { 'content-type': 'image/jpeg' }),
      await classify(HEIC, { 'content-type': 'image/png' }),
      await classify(aForm([['image', HEIC, 'x.jpg']])),
      await classify({ image: HEIC.toString('base64') }),
    ]) {
      expect(answer.status).toBe(415);
      expect(answer.body.detail).toMatch(/HEIC.*Convert it to JPEG/);
    }
    const avif = await pictures.pet().avif().toBuffer();
    expect((await classify(avif)).body.image.format).toBe('avif');
  });

  // Case 5.
  test('are taken for what their bytes are, whatever the type says', async () => {
    const png = await pictures.pet().png().toBuffer();
    const types = ['image/jpg', 'image/pjpeg', 'IMAGE/JPEG', 'image/heic'];
    for (const type of [...types, 'application/octet-stream; charset=utf-8', 'text/plain']) {
      const { status, body } = await classify(jpeg, { 'content-type': type });
      expect([type, status, body.image?.format]).toEqual([type, 200, 'jpeg']);
    }
    expect((await classify(png, { 'content-type': 'image/jpeg' })).body.image.format).toBe('png');
    expect((await classify(HTML, { 'content-type': 'image/jpeg' })).status).toBe(415);
  });

  // Cases 6 and 8.
  test('turned by EXIF are upright in the answer, and odd orientations count as none', async () => {
    for (let orientation = 1; orientation <= 8; orientation++) {
      const { body } = await classify(await pictures.orientedCorner(orientation));
      const [width, height] = orientation < 5 ? [40, 20] : [20, 40];
      expect([orientation, body.image]).toMatchObject([orientation, { width, height }]);
    }
    const size = { width: 640, height: 480 };
    for (const exif of [pictures.exifSegment(4, 1, 0), pictures.exifSegment(3, 65535, 9)]) {
      const odd = Buffer.concat([jpeg.subarray(0, 2), exif, jpeg.subarray(2)]);
      expect((await classify(odd)).body.image).toMatchObject(size);
    }
  });

  // Cases 11 and 12.
  test('of every depth and with transparency are answered', async () => {
    const grey16 = await sharp(await pictures.pet().png().toBuffer())
      .toColourspace('grey16')
      .png()
      .toBuffer();
    const row = Buffer.alloc(64 * 4, Buffer.of(10, 200, 30, 0));
    const clear = pictures.png({ width: 64, height: 64, bitDepth: 8, colourType: 6, row });
    const white = await pictures.plain([255, 255, 255], { width: 64, height: 64 }).png().toBuffer();
    expect((await classify(grey16)).status).toBe(200);
    expectSameAnswer((await classify(clear)).body, (await classify(white)).body);
  });

  // Cases 13, 15 and 17.
  test('that move, are huge or are of a rare kind get the row of the table', async () => {
    const red = [255, 0, 0] as const;
    const gif = await pictures.animation([red, [0, 255, 0], [0, 0, 255]], { width: 50, height: 50 }, 'gif');
    expect((await classify(gif)).body.image).toEqual({ width: 50, height: 50, format: 'gif' });
    const huge = pictures.png({
      ...{ width: 16_000, height: 16_000, bitDepth: 8, colourType: 3, row: Buffer.alloc(16_000) },
      chunks: [['PLTE', Buffer.of(9, 9, 9)]],
    });
    expect((await classify(huge)).status).toBe(413);
    const narrow = await pictures.plain([200, 30, 30], { width: 5000, height: 1 }).png().toBuffer();
    expect((await classify(narrow)).status).toBe(200);
    const lossless = Buffer.from(jpeg);
    lossless[lossless.indexOf(Buffer.of(0xff, 0xc0)) + 1] = 0xc3;
    const { status, body } = await classify(lossless);
    expect(status).toBe(422);
    expect(body.detail).not.toMatch(/vips/i);
  });

  // Case 14.
  test('in Display-P3 give the answer of the same colours in sRGB', async () => {
    const p3 = await pictures.pet().withIccProfile('p3').png().toBuffer();
    expectSameAnswer((await classify(p3)).body, (await classify(await pictures.pet().png().toBuffer())).body);
  });

  // Case 16.
  test('that are slow to decode hold up nobody else', async () => {
    const slow = await pictures.manyScans({ width: 640, height: 480 }, 1000);
    const [first, second] = await Promise.all([classify(slow), classify(jpeg)]);
    expect([200, 422, 504]).toContain(first.status);
    expect(second.status).toBe(200);
  });
});

describe('bodies as clients write them', () => {
  // Case 18.
  test('base64 plain, as a data URL, URL-safe and in lines is the same photograph', async () => {
    const { body: plain } = await classify(jpeg);
    const base64 = jpeg.toString('base64');
    for (const image of [
      base64,
      `data:image/jpeg;base64,${base64}`,
      base64.replaceAll('+', '-').replaceAll('/', '_'),
      base64.replace(/.{76}/g, '$&\n'),
    ]) {
      expectSameAnswer((await classify({ image })).body, plain);
    }
    for (const image of [`${base64}%2B`, `*${base64}`, '', 5, null]) {
      expect((await classify({ image })).status).toBe(400);
    }
    expect((await classify({ image: 'A'.repeat(14 * MEGABYTE) })).status).toBe(413);
  });

  // Cases 19, 21 and 23.
  test('forms of .NET, React Native and others are read', async () => {
    const { body: plain } = await classify(jpeg);
    const dotNet =
      "Content-Type: image/jpeg\r\nContent-Disposition: form-data; name=image; filename*=utf-8''hund%20%C3%A9.jpg";
    const noName = 'Content-Disposition: form-data; name="image"\r\nContent-Type: image/jpeg';
    const forms = [
      ['B', 'multipart/form-data; boundary="B"', dotNet],
      ['-Xr/dc2hip09.9OiqWz8G1', 'multipart/form-data; boundary=-Xr/dc2hip09.9OiqWz8G1', dotNet],
      ['B', 'multipart/form-data; charset=utf-8; boundary=B', noName],
    ] as const;
    for (const [boundary, type, head] of forms) {
      const { status, body } = await classify(formOf([[head, jpeg]], boundary), { 'content-type': type });
      expect([type, status]).toEqual([type, 200]);
      expectSameAnswer(body, plain);
    }
  });

  // Case 22.
  test('a form without a boundary is 400 that says who sets it', async () => {
    const form = formOf([['Content-Disposition: form-data; name="image"; filename="x.jpg"', jpeg]]);
    for (const type of [
      'multipart/form-data',
      'multipart/form-data; boundary=""',
      'multipart/form-data; boundary=no',
    ]) {
      const { status, body } = await classify(form, { 'content-type': type });
      expect(status).toBe(400);
      expect(body.detail).toMatch(/boundary.*let the HTTP client set it/);
    }
  });

  // Case 24.
  test('a form without a file is 400, one with a field before the file is answered', async () => {
    expect((await classify(aForm([['top', '3']]))).body).toMatchObject({
      status: 400,
      detail: expect.stringContaining('no photograph'),
    });
    expect((await classify(aForm([['image', Buffer.alloc(0), '']]))).status).toBe(400);
    const answer = await classify(
      aForm([
        ['note', 'a cat'],
        ['image', jpeg],
      ]),
    );
    expect(answer.body.predictions).toHaveLength(3);
  });

  test('nothing at all is 400, under any type', async () => {
    for (const type of ['image/jpeg', 'application/json', 'multipart/form-data; boundary=B', 'text/plain']) {
      expect((await classify('', { 'content-type': type })).status).toBe(400);
    }
  });

  test('a body in chunks, without a length, is read, and counted too', async () => {
    const chunked = (bytes: Uint8Array) => {
      const body = new Blob([new Uint8Array(bytes)]).stream();
      return app.call('classify', { method: 'POST', body, duplex: 'half' } as RequestInit);
    };
    expectSameAnswer((await chunked(jpeg)).body, (await classify(jpeg)).body);
    expect((await chunked(Buffer.alloc(11 * MEGABYTE, jpeg))).status).toBe(413);
  });

  // Case 71.
  test('bodies that are too large are 413 at once, and small ones are answered meanwhile', async () => {
    const before = peakBytes(app.host.pid);
    const large = Buffer.alloc(11 * MEGABYTE, jpeg);
    const huge = Buffer.alloc(99_000_000, jpeg);
    const [small, ...refused] = await Promise.all([
      classify(jpeg),
      ...[large, large, large, huge, huge].map((body) => classify(body)),
    ]);
    expect(small!.status).toBe(200);
    expect(refused.map(({ status }) => status)).toEqual([413, 413, 413, 413, 413]);
    for (const { body } of refused) expect(body.type).toBe('urn:pawprint:problem:too-large');
    expect((await app.call('health')).status).toBe(200);
    // The host holds each body, and the library's request object a copy; nothing here makes a third.
    const sent = 3 * large.length + 2 * huge.length;
    const after = peakBytes(app.host.pid);
    if (before !== undefined && after !== undefined) expect(after - before).toBeLessThan(3 * sent);
  }, 60_000);
});

/** Most memory that a process had so far, in bytes; undefined where the system doesn't tell. */
function peakBytes(pid: number): number | undefined {
  const path = `/proc/${pid}/status`;
  const kilobytes = existsSync(path) ? /VmHWM:\s+(\d+) kB/.exec(readFileSync(path, 'utf8'))?.[1] : undefined;
  return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
}

// Case 86: the model has four breeds.
test.each([
  ['', 200, 3],
  ['?top=1', 200, 1],
  ['?top=4', 200, 4],
  ['?top=0', 400, null],
  ['?top=-1', 400, null],
  ['?top=5', 400, null],
  ['?top=2001', 400, null],
  ['?top=1.5', 400, null],
  ['?top=3x', 400, null],
  ['?top=', 400, null],
  ['?top=1&top=2', 400, null],
  ['?top=2&species=cat', 200, 2],
  ['?top=3&species=cat', 400, null],
  ['?species=cat', 200, 2],
])('classify%s is %i', async (query, status, count) => {
  const answer = await classify(jpeg, {}, query);
  expect(answer.status).toBe(status);
  if (count === null) expect(answer.body.detail).toContain('top');
  else expect(answer.body.predictions).toHaveLength(count);
});

// Case 66.
test('methods: what is not POST is said in a problem, bodies where none belong hurt nothing', async () => {
  const wrong = await app.call('classify', { method: 'DELETE' });
  expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST, OPTIONS']);
  expect(wrong.body.detail).toBe('DELETE is not allowed here. Use POST.');
  const options = await app.call('classify', { method: 'OPTIONS' });
  expect([options.status, options.headers.get('allow'), options.body]).toEqual([204, 'POST, OPTIONS', '']);
  expect((await app.call('classify', { method: 'HEAD' })).status).toBe(405);
  const head = await app.call('breeds', { method: 'HEAD' });
  expect([head.status, head.body]).toEqual([200, '']);
  // fetch refuses to send a body with these.
  for (const [method, path] of [
    ['GET', 'health'],
    ['HEAD', 'breeds'],
  ]) {
    expect(await statusOfRaw(`${method} /api/${path}`, '12345')).toBe(200);
  }
});

async function statusOfRaw(start: string, body: string): Promise<number> {
  const { connect } = await import('node:net');
  const { hostname, port, host } = new URL(app.url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () =>
      socket.write(
        `${start} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      ),
    );
    let text = '';
    socket.on('data', (chunk) => (text += chunk));
    socket.on('error', reject);
    socket.on('close', () => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1])));
  });
}

describe('several photographs', () => {
  test('are answered in their order, and a bad one costs the others nothing', async () => {
    const small = await pictures.pet({ width: 32, height: 16 }).png().toBuffer();
    const { status, body } = await classify(
      aForm([
        ['first', jpeg, 'hund é.jpg'],
        ['note', 'none of these is a photograph'],
        ['second', HEIC, 'phone.heic'],
        ['third', jpeg.subarray(0, 1000), 'half.jpg'],
        ['fourth', Buffer.alloc(0), 'empty.jpg'],
        ['fifth', small, 'small.png'],
      ]),
      { 'x-request-id': 'batch' },
      '?top=2',
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({
      requestId: 'batch',
      model: { version: app.versions[1] },
      results: [
        { filename: 'hund é.jpg', image: { width: 640, height: 480, format: 'jpeg' } },
        { filename: 'phone.heic', problem: { status: 415, detail: expect.stringContaining('HEIC') } },
        { filename: 'half.jpg', problem: { status: 422 } },
        { filename: 'empty.jpg', problem: { status: 400 } },
        { filename: 'small.png', image: { width: 32, height: 16, format: 'png' } },
      ],
      timing: { totalMs: expect.any(Number) },
    });
    expect(body.results[0].predictions).toHaveLength(2);
    expectSameAnswer(body.results[0], (await classify(jpeg, {}, '?top=2')).body);
  });

  test('as JSON are answered likewise, a single one as a single one', async () => {
    const image = jpeg.toString('base64');
    const { body } = await classify({ images: [image, 'AAAA', '', '*', image] });
    expect(body.results).toMatchObject([
      { filename: null, confident: expect.any(Boolean) },
      { filename: null, problem: { status: 415 } },
      { filename: null, problem: { status: 400, detail: expect.stringContaining('base64 is empty') } },
      { filename: null, problem: { status: 400, detail: expect.stringContaining('no letter') } },
      { filename: null, confident: expect.any(Boolean) },
    ]);
    expect((await classify({ images: [''] })).status).toBe(400);
    expect((await classify({ images: [image, 5] })).status).toBe(400);
    expect((await classify({ images: [image] })).body.predictions).toHaveLength(3);
    expect((await classify({ images: [] })).status).toBe(400);
  });

  test('are at most 16', async () => {
    const files = (count: number) => aForm(Array.from({ length: count }, () => ['image', jpeg] as const));
    const { status, body } = await classify(files(16));
    expect(status).toBe(200);
    expect(body.results).toHaveLength(16);
    expect((await classify(files(17))).body.detail).toContain('at most 16');
  });

  test('fail together only for what they have in common', async () => {
    const two = () =>
      aForm([
        ['a', jpeg],
        ['b', jpeg],
      ]);
    expect((await classify(two(), {}, '?top=5')).status).toBe(400);
    expect((await classify(two(), {}, '?version=20261125T081500Z-1c9f00aa')).status).toBe(404);
  });
});

describe('species', () => {
  test('keeps its breeds, renormalised, and says what share they had', async () => {
    const { body: all } = await classify(jpeg, {}, '?top=4');
    const cats = all.predictions.filter(({ species }: Prediction) => species === 'cat');
    const share = cats.reduce((sum: number, { score }: Prediction) => sum + score, 0);
    const { body } = await classify(jpeg, {}, '?species=cat');
    expect(body.filter.species).toBe('cat');
    expect(body.filter.share).toBeCloseTo(share, 5);
    expect(body.predictions.map(({ breed }: Prediction) => breed)).toEqual(
      cats.map(({ breed }: Prediction) => breed),
    );
    const sum = body.predictions.reduce((total: number, { score }: Prediction) => total + score, 0);
    expect(sum).toBeCloseTo(1, 5);
    expect(all).not.toHaveProperty('filter');
  });

  test('of both sorts share all there is', async () => {
    const [cat, dog] = [await classify(jpeg, {}, '?species=cat'), await classify(jpeg, {}, '?species=dog')];
    expect(cat.body.filter.share + dog.body.filter.share).toBeCloseTo(1, 5);
  });

  test.each(['other', 'Cat', ''])('%j is 400', async (species) => {
    const { status, body } = await classify(jpeg, {}, `?species=${species}`);
    expect(status).toBe(400);
    expect(body.detail).toContain('cat or dog');
  });
});

describe('an address', () => {
  test.each([
    ['https://elsewhere.example.com/cat.jpg', 'elsewhere.example.com'],
    ['http://localhost.example.org/cat.jpg', 'https'],
    ['https://169.254.169.254/metadata', '169.254.169.254'],
    ['https://photos.example.net/cat.jpg', 'photos.example.net'],
    ['not an address', 'url'],
  ])('%s is 400 that says why', async (url, words) => {
    const { status, body } = await classify({ url });
    expect(status).toBe(400);
    expect(body.detail).toContain(words);
  });
});

test.each([
  ['nonsense', 400],
  ['20261125T081500Z-1c9f00aa', 404],
  ['canary', 404],
  ['production', 200],
])('version=%s is %i', async (version, status) => {
  expect((await classify(jpeg, {}, `?version=${version}`)).status).toBe(status);
});

test('an older version answers where it is asked for by name', async () => {
  const [older] = app.versions;
  expect((await classify(jpeg, {}, `?version=${older}`)).body.model.version).toBe(older);
});
