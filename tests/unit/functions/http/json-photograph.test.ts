import { petJpeg } from '../../../helpers/pictures.ts';
import { photographOf, type RequestOptions, refusalOf } from './requests.ts';

const MEGABYTE = 1024 * 1024;
const JSON_TYPE = { 'content-type': 'application/json' };

let jpeg: Buffer;
beforeAll(async () => {
  jpeg = await petJpeg({ width: 64, height: 48 });
});

/** Fails unless the photograph of the request is the JPEG, byte for byte. */
async function expectJpeg(options: RequestOptions): Promise<void> {
  expect(Buffer.compare(await photographOf(options), jpeg)).toBe(0);
}

describe('JSON', () => {
  const bodyOf = (image: unknown) => JSON.stringify({ image });

  // Case 18
  test.each<[string, (base64: string) => string]>([
    ['plain base64', (base64) => base64],
    ['a data URL', (base64) => `data:image/jpeg;base64,${base64}`],
    ['a data URL with parameters', (base64) => `data:image/jpeg;name=x.jpg;base64,${base64}`],
    ['url-safe base64', (base64) => base64.replaceAll('+', '-').replaceAll('/', '_')],
    ['base64 without padding', (base64) => base64.replace(/=+$/, '')],
    ['lines of 76', (base64) => base64.replace(/.{76}/g, '$&\r\n')],
  ])('is read with %s', async (_kind, write) => {
    await expectJpeg({ headers: JSON_TYPE, body: bodyOf(write(jpeg.toString('base64'))) });
  });

  test('is read with a byte order mark, a charset and other members', async () => {
    const body = `\uFEFF${JSON.stringify({ top: 3, image: jpeg.toString('base64') })}`;
    await expectJpeg({ headers: { 'content-type': 'application/json; charset=utf-8' }, body });
  });

  // Case 18
  test.each([
    ['percent-encoded base64', bodyOf('/9j/4AAQ%2B'), 'percent-encoded'],
    ['letters that are none', bodyOf('/9j/4AAQ*!'), '"*"'],
    ['padding in the middle', bodyOf('AAA=AAAA'), '"="'],
    ['a letter left over', bodyOf('AAAAA'), 'cut off'],
    ['a data URL that is not base64', bodyOf('data:image/svg+xml,<svg/>'), 'not of base64'],
    ['an empty image', bodyOf(''), 'empty'],
    ['a blank image', bodyOf(' \n'), 'empty'],
    ['an empty data URL', bodyOf('data:image/jpeg;base64,'), 'no photograph'],
    ['a number', bodyOf(5), 'not a string'],
    ['null', bodyOf(null), 'not a string'],
    ['no image', '{"picture": "AAAA"}', 'missing'],
    ['an array', '["AAAA"]', 'not a JSON object'],
    ['half an object', '{"image": "AA', 'not valid JSON'],
  ])('with %s is refused with 400', async (_kind, body, words) => {
    const { status, message } = await refusalOf({ headers: JSON_TYPE, body });
    expect(status).toBe(400);
    expect(message).toContain(words);
  });

  // Case 18: counted after decoding, so 13.4 MB of letters may be 10 MB of picture
  test('takes base64 of a picture of 10 MB and no more', async () => {
    const most = Buffer.alloc(10 * MEGABYTE, jpeg);
    const found = await photographOf({ headers: JSON_TYPE, body: bodyOf(most.toString('base64')) });
    expect(found).toHaveLength(10 * MEGABYTE);
    const more = Buffer.concat([most, jpeg.subarray(0, 3)]).toString('base64');
    expect(await refusalOf({ headers: JSON_TYPE, body: bodyOf(more) })).toMatchObject({ status: 413 });
  });

  test('of more than 14 MB is refused with 413', async () => {
    const body = bodyOf('A'.repeat(14 * MEGABYTE));
    expect(await refusalOf({ headers: JSON_TYPE, body })).toMatchObject({ status: 413 });
  });
});
