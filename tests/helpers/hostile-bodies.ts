/**
 * @module tests/helpers/hostile-bodies
 * Forms and JSON that are broken, and requests that are odd beside their body.
 */
import type { HostileInput } from './hostile-inputs.ts';
import { pet } from './pictures.ts';

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const jpegOf = () => pet({ width: 64, height: 48 }).jpeg({ quality: 80 }).toBuffer();

const FORM = 'multipart/form-data; boundary=B';

/** Forms that are cut off, too many, too large, nested or lying. */
export async function brokenForms(): Promise<HostileInput[]> {
  const jpeg = (await jpegOf()).toString('latin1');
  const head = 'Content-Disposition: form-data; name="image"; filename="x.jpg"';
  const part = (heading = head, content = jpeg) => `--B\r\n${heading}\r\n\r\n${content}\r\n`;
  const named: Record<string, readonly [body: string, status?: number | undefined, type?: string]> = {
    sound: [`${part()}--B--\r\n`, 200],
    'no end': [part(), 400],
    'cut in the picture': [part().slice(0, 400), 400],
    'cut in the headings': ['--B\r\nContent-Dispo', 400],
    'cut after the boundary': ['--B', 400],
    'an end alone': ['--B--\r\n', 400],
    'no parts': ['', 400],
    rubbish: ['rubbish', 400],
    'another boundary': [`${part()}--B--\r\n`, 400, 'multipart/form-data; boundary=C'],
    'no boundary': [`${part()}--B--\r\n`, 400, 'multipart/form-data'],
    'an empty boundary': [`${part()}--B--\r\n`, 400, 'multipart/form-data; boundary='],
    'a boundary of 2,000 letters': [
      `${part()}--B--\r\n`,
      400,
      `multipart/form-data; boundary=${'B'.repeat(2000)}`,
    ],
    'a boundary with a quote in it': [
      `${part()}--B--\r\n`,
      undefined,
      'multipart/form-data; boundary="B\\""',
    ],
    'another multipart': [`${part()}--B--\r\n`, undefined, 'multipart/mixed; boundary=B'],
    'line feeds alone': [`${part()}--B--\r\n`.replaceAll('\r\n', '\n')],
    'a heading without a colon': [`${part('Content-Disposition')}--B--\r\n`],
    'no headings': [`--B\r\n\r\n${jpeg}\r\n--B--\r\n`],
    'a heading of 100 kB': [`${part(`${head}\r\nX: ${'x'.repeat(100_000)}`)}--B--\r\n`],
    '5,000 headings': [`${part(`${head}\r\n${'X: y\r\n'.repeat(5000)}Z: z`)}--B--\r\n`],
    'a heading with a NUL': [`${part(`${head}\r\nX: \0`)}--B--\r\n`],
    'a name with a NUL': [
      `${part('Content-Disposition: form-data; name="a\0b"; filename="x\0.jpg"')}--B--\r\n`,
    ],
    'a name of 20,000 letters': [
      `${part(`Content-Disposition: form-data; name="i"; filename="${'n'.repeat(20_000)}"`)}--B--\r\n`,
    ],
    'a name that climbs': [
      `${part('Content-Disposition: form-data; name="i"; filename="../../../etc/passwd"')}--B--\r\n`,
      200,
    ],
    'a name that never ends': [
      `${part('Content-Disposition: form-data; name="i"; filename="x.jpg')}--B--\r\n`,
    ],
    'a name of broken percent signs': [
      `${part("Content-Disposition: form-data; name=i; filename*=utf-8''%zz%")}--B--\r\n`,
    ],
    'a name in a charset that is none': [
      `${part("Content-Disposition: form-data; name=i; filename*=klingon''x")}--B--\r\n`,
    ],
    'another disposition': [`${part('Content-Disposition: attachment; filename="x.jpg"')}--B--\r\n`],
    'base64 as it says': [
      `${part(`${head}\r\nContent-Transfer-Encoding: base64`, Buffer.from(jpeg, 'latin1').toString('base64'))}--B--\r\n`,
    ],
    'a form in a form': [
      `--B\r\nContent-Type: multipart/mixed; boundary=C\r\n\r\n--C\r\n${head}\r\n\r\n${jpeg}\r\n--C--\r\n--B--\r\n`,
    ],
    '16 pictures': [`${part().repeat(16)}--B--\r\n`, 200],
    '17 pictures': [`${part().repeat(17)}--B--\r\n`, 400],
    '16 pictures of which 15 are none': [`${part()}${part(head, 'none').repeat(15)}--B--\r\n`, 200],
    '3,000 fields': [`${part('Content-Disposition: form-data; name="f"', 'v').repeat(3000)}--B--\r\n`, 400],
    'a field of 5 MB': [
      `${part('Content-Disposition: form-data; name="f"', 'v'.repeat(5_000_000))}${part()}--B--\r\n`,
    ],
    'a field called __proto__': [
      `${part('Content-Disposition: form-data; name="__proto__"', '{"a":1}')}${part()}--B--\r\n`,
      200,
    ],
    'nothing but an empty file': [
      `${part('Content-Disposition: form-data; name="i"; filename=""', '')}--B--\r\n`,
      400,
    ],
    'words before and behind': [`before\r\n${part()}--B--\r\nbehind`, 200],
    'boundaries by the thousand': ['--B\r\n'.repeat(20_000)],
    'a boundary in the picture': [
      `${part(head, `${jpeg.slice(0, 500)}\r\n--B\r\n${jpeg.slice(500)}`)}--B--\r\n`,
    ],
    'a charset that is none': [`${part(`${head}\r\nContent-Type: text/plain; charset=klingon`)}--B--\r\n`],
  };
  return Object.entries(named).map(([name, [body, status, type = FORM]]) => ({
    name: `form: ${name}`,
    body: latin1(body),
    type,
    ...(status === undefined ? {} : { status }),
  }));
}

/** JSON that is broken, deep or of other types, and questions that are none. */
export async function brokenJson(): Promise<HostileInput[]> {
  const jpeg = await jpegOf();
  const image = jpeg.toString('base64');
  const named: Record<string, readonly [body: string, status?: number]> = {
    sound: [`{"image":"${image}"}`, 200],
    'cut off': [`{"image":"${image}`, 400],
    'no JSON': ['image', 400],
    'a number': ['5', 400],
    null: ['null', 400],
    'a list': [`["${image}"]`, 400],
    'an empty object': ['{}', 400],
    '100,000 brackets': ['['.repeat(100_000), 400],
    '50,000 objects in each other': [`${'{"image":'.repeat(50_000)}1${'}'.repeat(50_000)}`, 400],
    'a number of a million digits': [`{"image":${'9'.repeat(1_000_000)}}`, 400],
    'the same twice': [`{"image":"x","image":"${image}"}`],
    'a prototype': [`{"__proto__":{"image":"${image}"}}`, 400],
    'a byte order mark': [`\u00ef\u00bb\u00bf{"image":"${image}"}`, 200],
    'bytes that are no UTF-8': [`{"image":"\xff\xfe\xfd"}`, 400],
    'a lone surrogate': ['{"image":"\\ud800"}', 400],
    'an image that is a number': ['{"image":5}', 400],
    'an image that is empty': ['{"image":""}', 400],
    'an image of spaces': ['{"image":"    "}', 400],
    'an image of one letter': ['{"image":"A"}'],
    'an image of zeros': [`{"image":"${'A'.repeat(4000)}"}`, 415],
    'a data URL without data': ['{"image":"data:image/jpeg;base64,"}', 400],
    'a data URL that is not base64': ['{"image":"data:image/jpeg,hello"}', 400],
    'image and url at once': [`{"image":"${image}","url":"https://example.org/x.jpg"}`, 400],
    'an address, which is off': ['{"url":"https://example.org/x.jpg"}', 400],
    'an address inside': ['{"url":"https://169.254.169.254/latest/meta-data"}', 400],
    'an address that is a file': ['{"url":"file:///etc/passwd"}', 400],
    'no images': ['{"images":[]}', 400],
    '17 images': [`{"images":[${Array(17).fill(`"${image}"`).join()}]}`, 400],
    '3 images of which 2 are none': [`{"images":["${image}","AAAA","*"]}`, 200],
    'images that are one': [`{"images":"${image}"}`, 400],
  };
  const queries = [
    ['?top=0', 400],
    ['?top=1e309', 400],
    ['?top=NaN', 400],
    ['?top=%00', 400],
    ['?top=9999999999999999999999', 400],
    ['?top=1&top=1', 400],
    ['?species=fish', 400],
    ['?species=%F0%9F%90%88', 400],
    ['?version=../../etc/passwd', 400],
    ['?version=%2e%2e%2f', 400],
    ['?version=20260101T000000Z-00000000', 404],
    ['?version=__proto__', 400],
    [`?version=${'9'.repeat(5000)}`, 400],
    [`?${'a=b&'.repeat(1500)}`, 200],
    ['?%', undefined],
    ['?__proto__=1', 200],
  ] as const;
  const headers = [
    { 'x-request-id': 'a b\tc' },
    { 'x-request-id': 'x'.repeat(5000) },
    { 'x-client-id': '../../..' },
    { 'content-encoding': 'gzip' },
    { 'x-forwarded-for': '127.0.0.1, '.repeat(300) },
    { accept: 'text/html' },
    { traceparent: '00-rubbish' },
  ];
  return [
    ...Object.entries(named).map(([name, [body, status]]) => ({
      name: `json: ${name}`,
      body: latin1(body),
      type: 'application/json',
      ...(status === undefined ? {} : { status }),
    })),
    ...queries.map(([query, status]) => ({
      name: `query: ${query.slice(0, 60)}`,
      body: jpeg,
      query,
      ...(status === undefined ? {} : { status }),
    })),
    ...headers.map((some) => ({
      name: `header: ${JSON.stringify(some).slice(0, 60)}`,
      body: jpeg,
      headers: some as unknown as Record<string, string>,
      status: 200,
    })),
  ];
}
