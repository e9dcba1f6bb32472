import { readPhotographs } from '../../../../functions/http/photograph.ts';
import { petJpeg } from '../../../helpers/pictures.ts';
import { formOf, photographOf, type RequestOptions, refusalOf, requestOf } from './requests.ts';

const MEGABYTE = 1024 * 1024;
const FORM = { 'content-type': 'multipart/form-data; boundary=B' };
const JSON_TYPE = { 'content-type': 'application/json' };
const FILE_HEAD =
  'Content-Disposition: form-data; name="image"; filename="x.jpg"\r\nContent-Type: image/jpeg';

let jpeg: Buffer;
beforeAll(async () => {
  jpeg = await petJpeg({ width: 64, height: 48 });
});

/** Fails unless the photograph of the request is the JPEG, byte for byte. */
async function expectJpeg(options: RequestOptions): Promise<void> {
  expect(Buffer.compare(await photographOf(options), jpeg)).toBe(0);
}

describe('a raw body', () => {
  // Case 5
  test.each([
    'image/jpeg',
    'image/jpg',
    'image/pjpeg',
    'IMAGE/JPEG',
    'image/heic',
    'application/octet-stream; charset=utf-8',
    'text/plain',
    'application/x-www-form-urlencoded',
  ])('is taken as it is under %s', async (type) => {
    await expectJpeg({ headers: { 'content-type': type }, body: jpeg });
  });

  test('is taken without a type', async () => {
    await expectJpeg({ body: jpeg });
  });

  test('is taken under the type of a form or of JSON that was set by hand', async () => {
    await expectJpeg({ headers: { 'content-type': 'multipart/form-data' }, body: jpeg });
    await expectJpeg({ headers: JSON_TYPE, body: jpeg });
  });

  test.each([{}, { 'content-type': 'image/jpeg' }, FORM, JSON_TYPE])(
    'that is empty is refused with 400: %j',
    async (headers) => {
      expect(await refusalOf({ headers })).toMatchObject({
        status: 400,
        message: expect.stringContaining('no photograph'),
      });
    },
  );

  test('of more than 10 MB is refused with 413', async () => {
    expect(await refusalOf({ body: new Uint8Array(10 * MEGABYTE + 1) })).toMatchObject({ status: 413 });
    expect(await photographOf({ body: new Uint8Array(10 * MEGABYTE) })).toHaveLength(10 * MEGABYTE);
  });

  test.each([
    [{ 'content-type': 'image/jpeg' }, 10 * MEGABYTE],
    [JSON_TYPE, 14 * MEGABYTE],
    [FORM, 40 * MEGABYTE],
  ])('is refused by its Content-Length before it is read: %j over %i', async (headers, limit) => {
    const request = requestOf({ headers: { ...headers, 'content-length': String(limit + 1) }, body: jpeg });
    await expect(readPhotographs(request)).rejects.toMatchObject({ status: 413 });
    expect(request.bodyUsed).toBe(false);
  });
});

describe('a form', () => {
  // Case 19
  test.each([
    [
      'type first',
      'Content-Type: image/jpeg\r\nContent-Disposition: form-data; name="image"; filename="x.jpg"',
    ],
    ['filename* alone', "Content-Disposition: form-data; name=image; filename*=utf-8''hund%20%C3%A9.jpg"],
    ['a name without quotes', 'Content-Disposition: form-data; name=image; filename=x.jpg'],
    [
      'octet-stream',
      'Content-Disposition: form-data; name="f"; filename="x"\r\nContent-Type: application/octet-stream',
    ],
  ])('is read with %s', async (_kind, head) => {
    await expectJpeg({ headers: FORM, body: formOf([[head, jpeg]]) });
  });

  // Cases 19 and 21
  test.each([
    ['B', 'multipart/form-data; boundary="B"'],
    ['-Xr/dc2hip09.9OiqWz8G1', 'multipart/form-data; boundary=-Xr/dc2hip09.9OiqWz8G1'],
    ['-Xr/dc2', 'multipart/form-data; charset=utf-8; boundary=-Xr/dc2'],
    ['B', 'Multipart/Form-Data; Boundary=B; charset=utf-8'],
    ["a'()+_,-./:=?b", `multipart/form-data; boundary="a'()+_,-./:=?b"`],
  ])('is divided by %s of %s', async (boundary, type) => {
    await expectJpeg({ headers: { 'content-type': type }, body: formOf([[FILE_HEAD, jpeg]], boundary) });
  });

  // Case 22
  test.each([
    ['no boundary', 'multipart/form-data'],
    ['an empty boundary', 'multipart/form-data; boundary=""'],
    ['a boundary that never occurs', 'multipart/form-data; boundary=other'],
    ['a boundary of 300 letters', `multipart/form-data; boundary=${'x'.repeat(300)}`],
  ])('with %s is refused with 400 that says what to do', async (_kind, type) => {
    const { status, message } = await refusalOf({
      headers: { 'content-type': type },
      body: formOf([[FILE_HEAD, jpeg]]),
    });
    expect(status).toBe(400);
    expect(message).toMatch(/boundary.*let the HTTP client set it/);
  });

  // Case 23
  test.each([
    'Content-Disposition: form-data; name="image"\r\nContent-Type: image/jpeg',
    'Content-Disposition: form-data; name="image"',
  ])('keeps the bytes of a part without a file name: %j', async (head) => {
    await expectJpeg({ headers: FORM, body: formOf([[head, jpeg]]) });
  });

  // Case 24
  test.each([
    [
      'no file chosen',
      formOf([
        [
          'Content-Disposition: form-data; name="image"; filename=""\r\nContent-Type: application/octet-stream',
          '',
        ],
      ]),
    ],
    ['an empty file', formOf([[FILE_HEAD, '']])],
    ['a text field only', formOf([['Content-Disposition: form-data; name="top"', '3']])],
    ['no parts', formOf([])],
  ])('with %s is refused with 400', async (_kind, body) => {
    const { status, message } = await refusalOf({ headers: FORM, body });
    expect(status).toBe(400);
    expect(message).toMatch(/no photograph|file is empty|malformed/);
  });

  // Case 24
  test('is read with a field and a file that was not chosen before the photograph', async () => {
    const notChosen = 'Content-Disposition: form-data; name="image"; filename=""';
    const body = formOf([
      ['Content-Disposition: form-data; name="top"', '3'],
      [`${notChosen}\r\nContent-Type: application/octet-stream`, ''],
      [`${notChosen}\r\nContent-Type: image/jpeg`, ''],
      [FILE_HEAD, jpeg],
    ]);
    await expectJpeg({ headers: FORM, body });
  });

  test.each([1, 40, 100, 400])('that ends after %i bytes is refused with 400', async (length) => {
    const body = formOf([[FILE_HEAD, jpeg]]).subarray(0, length);
    expect(await refusalOf({ headers: FORM, body })).toMatchObject({ status: 400 });
  });

  test('with a head that is no head is refused with 400', async () => {
    expect(
      await refusalOf({ headers: FORM, body: formOf([['\0\0: nonsense\r\n\r\r:', jpeg]]) }),
    ).toMatchObject({
      status: 400,
    });
  });

  test('with a file of more than 10 MB is refused with 413', async () => {
    const body = formOf([[FILE_HEAD, new Uint8Array(10 * MEGABYTE + 1)]]);
    expect(await refusalOf({ headers: FORM, body })).toMatchObject({ status: 413 });
  });

  test('of a large photograph comes out byte for byte', async () => {
    const large = Buffer.alloc(6 * MEGABYTE, Buffer.concat([jpeg, Buffer.from('\r\n--A\r\n-')]));
    const found = await photographOf({ headers: FORM, body: formOf([[FILE_HEAD, large]]) });
    expect(Buffer.compare(found, large)).toBe(0);
  });
});
