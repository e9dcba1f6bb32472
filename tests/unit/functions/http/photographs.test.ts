/** Several photographs in one request, and one by its address. */
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { BadRequestError } from '../../../../core/errors.ts';
import type { FetchOptions } from '../../../../functions/http/fetch-url.ts';
import { readPhotographs, type SentPhotograph } from '../../../../functions/http/photograph.ts';
import { petJpeg } from '../../../helpers/pictures.ts';
import { formOf, refusalOf, requestOf } from './requests.ts';

const FORM = { 'content-type': 'multipart/form-data; boundary=B' };
const JSON_TYPE = { 'content-type': 'application/json' };

let jpeg: Buffer;
let other: Buffer;
beforeAll(async () => {
  jpeg = await petJpeg({ width: 64, height: 48 });
  other = await petJpeg({ width: 32, height: 32 });
});

const file = (name: string | null, field = 'image') =>
  `Content-Disposition: form-data; name="${field}"${name === null ? '' : `; filename="${name}"`}\r\nContent-Type: image/jpeg`;
const ofForm = (parts: Parameters<typeof formOf>[0]) =>
  readPhotographs(requestOf({ headers: FORM, body: formOf(parts) }));
const ofJson = (json: object) =>
  readPhotographs(requestOf({ headers: JSON_TYPE, body: JSON.stringify(json) }));
const names = (photographs: SentPhotograph[]) => photographs.map(({ filename }) => filename);
const contents = (photographs: SentPhotograph[]) =>
  photographs.map((photograph) => Buffer.from(photograph.content()).toString('base64'));

describe('a form', () => {
  // Case 24
  test('of several files gives them in their order, whatever the fields are called', async () => {
    const photographs = await ofForm([
      [file('a.jpg', 'first'), jpeg],
      ['Content-Disposition: form-data; name="note"', 'two pets'],
      [file('b.jpg', 'second'), other],
      [file(null, 'third'), jpeg],
    ]);
    expect(names(photographs)).toEqual(['a.jpg', 'b.jpg', null]);
    const [first, second] = [jpeg, other].map((bytes) => bytes.toString('base64'));
    expect(contents(photographs)).toEqual([first, second, first]);
  });

  test.each([
    ['hund é 犬.jpg', 'hund é 犬.jpg'],
    ['C:\\pictures\\cat.jpg', 'cat.jpg'],
    ['../../etc/passwd', 'passwd'],
    ['x'.repeat(300), 'x'.repeat(255)],
  ])('names a file without its path: %j', async (given, expected) => {
    const [photograph] = await ofForm([[file(given.replaceAll('\\', '\\\\')), jpeg]]);
    expect(photograph!.filename).toBe(expected);
  });

  // Case 19
  test('names a file by filename* in the charset that it says', async () => {
    const head = "Content-Disposition: form-data; name=image; filename*=utf-8''hund%20%C3%A9.jpg";
    expect(names(await ofForm([[head, jpeg]]))).toEqual(['hund é.jpg']);
  });

  test('with an empty file among others keeps its place, and only that one is at fault', async () => {
    const photographs = await ofForm([
      [file('a.jpg'), jpeg],
      [file('empty.jpg'), ''],
      [file('c.jpg'), jpeg],
    ]);
    expect(names(photographs)).toEqual(['a.jpg', 'empty.jpg', 'c.jpg']);
    expect(() => photographs[1]!.content()).toThrow('This file is empty');
    expect(photographs[2]!.content()).toHaveLength(jpeg.length);
  });

  test('with a file of more than 10 MB among others is at fault for that one only', async () => {
    const photographs = await ofForm([
      [file('a.jpg'), jpeg],
      [file('large.jpg'), Buffer.alloc(10 * 1024 * 1024 + 1)],
    ]);
    expect(() => photographs[1]!.content()).toThrow('larger than 10 MB');
    expect(photographs[0]!.content()).toHaveLength(jpeg.length);
  });

  test('of 16 files is taken, of 17 refused with 400', async () => {
    const parts = (count: number) => Array.from({ length: count }, () => [file('a.jpg'), jpeg] as const);
    expect(await ofForm(parts(16))).toHaveLength(16);
    expect(await refusalOf({ headers: FORM, body: formOf(parts(17)) })).toMatchObject({
      status: 400,
      message: expect.stringContaining('17 files. Send at most 16'),
    });
  });
});

describe('JSON', () => {
  test('of several images gives them in their order', async () => {
    const images = [other, jpeg].map((bytes) => bytes.toString('base64'));
    const photographs = await ofJson({ images });
    expect(contents(photographs)).toEqual(images);
    expect(names(photographs)).toEqual([null, null]);
  });

  test.each([
    ['base64 that is none', '%%%%', 'no letter'],
    ['an empty string', '', 'base64 is empty'],
    ['a blank string', ' \n', 'base64 is empty'],
    ['an empty data URL', 'data:image/jpeg;base64,', 'base64 is empty'],
  ])('with %s is at fault for that image only', async (_kind, image, words) => {
    const photographs = await ofJson({ images: [image, jpeg.toString('base64')] });
    expect(() => photographs[0]!.content()).toThrow(BadRequestError);
    expect(() => photographs[0]!.content()).toThrow(words);
    expect(photographs[1]!.content()).toHaveLength(jpeg.length);
  });

  test('with nothing but an empty string is refused with 400', async () => {
    expect(await refusalOf({ headers: JSON_TYPE, body: '{"images": [""]}' })).toMatchObject({ status: 400 });
  });

  test.each([
    ['no images', { images: [] }, 'no photograph'],
    ['17 images', { images: new Array(17).fill('AAAA') }, 'more than 16'],
    ['a number among them', { images: ['AAAA', 5] }, '`images.1`: it is not a string'],
    ['images that are no list', { images: 'AAAA' }, '`images`'],
    ['image and images', { image: 'AAAA', images: ['AAAA'] }, '"image" and "images"'],
    ['image and url', { image: 'AAAA', url: 'https://example.org/' }, '"image" and "url"'],
  ])('with %s is refused with 400', async (_kind, json, words) => {
    expect(await refusalOf({ headers: JSON_TYPE, body: JSON.stringify(json) })).toMatchObject({
      status: 400,
      message: expect.stringContaining(words),
    });
  });

  test.each(['https://example.org/cat.jpg', 'http://example.org/cat.jpg', 'cat.jpg', 5])(
    'with an address is refused with 400 where no host is allowed: %j',
    async (url) => {
      const { status, message } = await refusalOf({ headers: JSON_TYPE, body: JSON.stringify({ url }) });
      expect(status).toBe(400);
      expect(message).toMatch(/CLASSIFY_URL_HOSTS|`url`/);
    },
  );
});

describe('an address in JSON', () => {
  test('is fetched from an allowed host, and what is there is the photograph', async () => {
    const asked: string[] = [];
    const fetch: FetchOptions = {
      hosts: ['photos.example.org'],
      resolve: async () => [{ address: '93.184.215.14', family: 4 }],
      open: async (url) => {
        asked.push(url.href);
        return Object.assign(Readable.from([jpeg]), {
          statusCode: 200,
          headers: {},
        }) as unknown as IncomingMessage;
      },
    };
    const body = JSON.stringify({ url: 'https://photos.example.org/cat.jpg' });
    const [photograph] = await readPhotographs(requestOf({ headers: JSON_TYPE, body }), { fetch });
    expect(Buffer.from(photograph!.content())).toEqual(jpeg);
    expect([asked, photograph!.filename]).toEqual([['https://photos.example.org/cat.jpg'], null]);
  });
});
