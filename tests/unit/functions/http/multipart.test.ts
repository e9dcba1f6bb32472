import { parseForm } from '../../../../functions/http/multipart.ts';
import { formOf } from './requests.ts';

const TYPE = 'multipart/form-data; boundary=B';
const field = (name: string) => `Content-Disposition: form-data; name="${name}"`;

describe('parseForm', () => {
  test('gives the text fields by name, the last of two', async () => {
    const body = formOf([
      [field('label'), 'pug'],
      [field('consent'), 'true'],
      [field('label'), 'beagle'],
    ]);
    const { fields, files } = await parseForm(body, TYPE);
    expect(Object.fromEntries(fields)).toEqual({ label: 'beagle', consent: 'true' });
    expect(files).toEqual([]);
  });

  test.each([
    ['no charset', field('note')],
    ['the charset named', `${field('note')}\r\nContent-Type: text/plain; charset=utf-8`],
  ])('reads text as UTF-8 with %s', async (_kind, head) => {
    for (const text of ['é', 'größer', '犬', 'plain']) {
      expect((await parseForm(formOf([[head, text]]), TYPE)).fields.get('note')).toBe(text);
    }
  });

  test('refuses a form of a thousand parts with 400', async () => {
    const body = formOf(new Array(1000).fill([field('x'), '1']));
    await expect(parseForm(body, TYPE)).rejects.toMatchObject({ status: 400 });
  });
});
