/** Photographs by their address: what is fetched, and that nothing else ever is. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, get, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { PawprintError } from '../../../../core/errors.ts';
import { type FetchOptions, fetchPhotograph, openAt } from '../../../../functions/http/fetch-url.ts';
import { isPublicAddress } from '../../../../functions/http/public-address.ts';

const PUBLIC = { address: '93.184.215.14', family: 4 };
const PICTURE = Buffer.from('a picture');

let server: Server;
let answer: RequestListener;
/** Each address that was asked, in order. */
let opened: string[];
beforeAll(async () => {
  server = createServer((request, response) => answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  opened = [];
  answer = (_, response) => response.end(PICTURE);
});

/** In place of TLS to a public address: the same request to the test's own server. */
const open: NonNullable<FetchOptions['open']> = (url, { address }, signal) => {
  opened.push(`${address} ${url.href}`);
  const { port } = server.address() as AddressInfo;
  return new Promise<IncomingMessage>((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: url.pathname, signal }, resolve).on('error', reject);
  });
};

function fetched(url: string, options: Partial<FetchOptions> = {}): Promise<Uint8Array> {
  const hosts = ['photos.example.org', '*.example.net'];
  return fetchPhotograph(url, { hosts, open, resolve: async () => [PUBLIC], ...options });
}

async function refusalOf(url: string, options: Partial<FetchOptions> = {}) {
  const error = await fetched(url, options).catch((thrown: unknown) => thrown);
  if (!(error instanceof PawprintError)) throw error;
  return { status: error.status, message: error.message };
}

test.each([
  'https://photos.example.org/cat.jpg',
  'https://PHOTOS.example.org:443/cat.jpg?size=1#top',
  'https://a.example.net/cat.jpg',
  'https://a.b.example.net/cat.jpg',
])('fetches %s from the address that was checked', async (url) => {
  expect(Buffer.from(await fetched(url))).toEqual(PICTURE);
  expect(opened).toEqual([`${PUBLIC.address} ${new URL(url).href}`]);
});

test.each([
  ['another host', 'https://photos.example.com/cat.jpg'],
  ['the name that only ends so', 'https://evilexample.net/'],
  ['the name above the wildcard', 'https://example.net/'],
  ['a host that begins so', 'https://photos.example.org.evil.test/'],
  ['http', 'http://photos.example.org/'],
  ['a file', 'file:///etc/passwd'],
  ['another port', 'https://photos.example.org:8443/'],
  ['a password', 'https://user:secret@photos.example.org/'],
  ['a host hidden behind @', 'https://photos.example.org@evil.test/'],
  ['an address in digits', 'https://127.0.0.1/'],
  ['an address as a number', 'https://2130706433/'],
  ['IPv6', 'https://[::1]/'],
  ['no address', 'photos.example.org/cat.jpg'],
])('refuses %s with 400, without a connection', async (_kind, url) => {
  expect((await refusalOf(url)).status).toBe(400);
  expect(opened).toEqual([]);
});

test('says which setting allows a host', async () => {
  expect((await refusalOf('https://elsewhere.test/')).message).toContain('CLASSIFY_URL_HOSTS');
  expect((await refusalOf('https://photos.example.org/', { hosts: [] })).message).toContain(
    'CLASSIFY_URL_HOSTS',
  );
});

describe('addresses', () => {
  test.each([
    ...['0.0.0.0', '10.1.2.3', '100.64.0.1', '127.0.0.1', '127.255.255.254', '169.254.169.254'],
    ...['172.16.0.1', '172.31.255.255', '192.168.1.1', '198.18.0.1', '224.0.0.1', '255.255.255.255'],
    '168.63.129.16',
    ...['::', '::1', 'fe80::1', 'fc00::1', 'fd12::1', 'ff02::1', '::ffff:127.0.0.1', '::ffff:10.0.0.1'],
    ...['64:ff9b::7f00:1', '2002:7f00:1::', '2001:0:7f00:1::', '2001:db8::1', '::7f00:1'],
  ])('%s is not public', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });

  test.each(['93.184.215.14', '8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:2800:21f:cb07::1'])(
    '%s is public',
    (address) => {
      expect(isPublicAddress(address)).toBe(true);
    },
  );

  test('a name that leads to one that is not public is refused, also beside public ones', async () => {
    const inside = { address: '10.0.0.1', family: 4 };
    for (const addresses of [[inside], [PUBLIC, inside], [{ address: '::ffff:127.0.0.1', family: 6 }], []]) {
      const refusal = await refusalOf('https://photos.example.org/', { resolve: async () => addresses });
      expect(refusal).toMatchObject({ status: 400, message: expect.stringContaining('public address') });
    }
    expect(opened).toEqual([]);
  });

  test('a name is resolved once for each connection: a second answer changes nothing', async () => {
    const answers = [[PUBLIC], [{ address: '127.0.0.1', family: 4 }]];
    await fetched('https://photos.example.org/', { resolve: async () => answers.shift()! });
    expect(answers).toHaveLength(1);
    expect(opened[0]).toMatch(/^93\.184\.215\.14 /);
  });
});

describe('redirects', () => {
  const leadTo =
    (locations: Record<string, string>): RequestListener =>
    (request, response) => {
      const location = locations[request.url!];
      if (location === undefined) response.end(PICTURE);
      else response.writeHead(302, { location }).end();
    };

  test('are followed three times', async () => {
    answer = leadTo({ '/1': '/2', '/2': 'https://a.example.net/3', '/3': '/4' });
    expect(Buffer.from(await fetched('https://photos.example.org/1'))).toEqual(PICTURE);
    expect(opened.map((line) => line.split(' ')[1])).toEqual([
      'https://photos.example.org/1',
      'https://photos.example.org/2',
      'https://a.example.net/3',
      'https://a.example.net/4',
    ]);
    answer = leadTo({ '/1': '/2', '/2': '/3', '/3': '/4', '/4': '/5' });
    expect((await refusalOf('https://photos.example.org/1')).message).toContain('more than 3 times');
    expect(opened).toHaveLength(8);
  });

  test.each([
    'https://evil.test/',
    'http://photos.example.org/',
    'https://169.254.169.254/latest/meta-data',
    'file:///etc/passwd',
    'https://photos.example.org:22/',
  ])('to %s are refused', async (location) => {
    answer = leadTo({ '/1': location });
    expect((await refusalOf('https://photos.example.org/1')).status).toBe(400);
    expect(opened).toHaveLength(1);
  });

  test('to an allowed name at an address inside are refused', async () => {
    answer = leadTo({ '/1': 'https://a.example.net/' });
    const resolve: NonNullable<FetchOptions['resolve']> = async (host) =>
      host === 'a.example.net' ? [{ address: '192.168.0.1', family: 4 }] : [PUBLIC];
    expect((await refusalOf('https://photos.example.org/1', { resolve })).status).toBe(400);
    expect(opened).toHaveLength(1);
  });
});

describe('answers', () => {
  test.each([404, 500, 204, 304])('of %i are 400 that says so', async (status) => {
    answer = (_, response) => response.writeHead(status).end();
    const { message, ...refusal } = await refusalOf('https://photos.example.org/');
    expect(refusal.status).toBe(400);
    expect(message).toContain(String(status));
  });

  test('of more than 10 MB are 413, announced or not', async () => {
    answer = (_, response) => response.writeHead(200, { 'content-length': 10_485_761 }).flushHeaders();
    expect((await refusalOf('https://photos.example.org/')).status).toBe(413);
    answer = (_, response) => {
      const chunk = Buffer.alloc(1024 * 1024);
      const more = () => {
        if (!response.destroyed) response.write(chunk, () => setImmediate(more));
      };
      more();
    };
    expect((await refusalOf('https://photos.example.org/')).status).toBe(413);
  });

  test('that never come, or never end, are 504', async () => {
    answer = () => {};
    expect((await refusalOf('https://photos.example.org/', { deadlineSeconds: 0.1 })).status).toBe(504);
    answer = (_, response) => response.write('a');
    expect((await refusalOf('https://photos.example.org/', { deadlineSeconds: 0.1 })).status).toBe(504);
    const resolve = () => new Promise<never>(() => {});
    const late = await refusalOf('https://photos.example.org/', { deadlineSeconds: 0.1, resolve });
    expect(late.status).toBe(504);
  });

  test('that are cut off, and hosts that are not there, are 400 without a word of the inside', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': 100 }).write('half');
      setImmediate(() => response.destroy());
    };
    expect((await refusalOf('https://photos.example.org/')).status).toBe(400);
    const resolve = () => Promise.reject(new Error('getaddrinfo ENOTFOUND'));
    const { status, message } = await refusalOf('https://photos.example.org/', { resolve });
    expect([status, message]).toEqual([400, expect.stringContaining("can't be reached")]);
    expect(message).not.toContain('ENOTFOUND');
  });

  test('eight are fetched at once, a ninth is 429', async () => {
    const waiting: (() => void)[] = [];
    answer = (_, response) => waiting.push(() => response.end(PICTURE));
    const eight = Array.from({ length: 8 }, () => fetched('https://photos.example.org/'));
    while (waiting.length < 8) await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await refusalOf('https://photos.example.org/')).status).toBe(429);
    for (const end of waiting) end();
    await Promise.all(eight);
    answer = (_, response) => response.end(PICTURE);
    expect(Buffer.from(await fetched('https://photos.example.org/'))).toEqual(PICTURE);
  });
});

const canMakeCertificates = (() => {
  try {
    return execFileSync('openssl', ['version']).length > 0;
  } catch {
    return false;
  }
})();

(canMakeCertificates ? test : test.skip)(
  'by TLS it goes to the address that it is given, and checks the certificate against the name',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pawprint-tls-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    execFileSync(
      'openssl',
      [
        ...[
          'req',
          '-x509',
          '-newkey',
          'ec',
          '-pkeyopt',
          'ec_paramgen_curve:prime256v1',
          '-nodes',
          '-days',
          '2',
        ],
        ...['-subj', '/CN=photos.test', '-addext', 'subjectAltName=DNS:photos.test'],
        ...['-keyout', key, '-out', cert],
      ],
      { stdio: 'ignore' },
    );
    const seen: unknown[] = [];
    const secure = createHttpsServer(
      { key: readFileSync(key), cert: readFileSync(cert) },
      (request, response) => {
        seen.push(request.headers);
        response.end(PICTURE);
      },
    );
    await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
    const before = getCACertificates('default');
    try {
      const { port } = secure.address() as AddressInfo;
      const ask = (name: string) =>
        openAt(
          new URL(`https://${name}:${port}/cat.jpg`),
          { address: '127.0.0.1', family: 4 },
          AbortSignal.timeout(5000),
        );
      await expect(ask('photos.test')).rejects.toThrow(/self-signed/);
      setDefaultCACertificates([...before, readFileSync(cert, 'utf8')]);
      expect((await ask('photos.test')).statusCode).toBe(200);
      await expect(ask('other.test')).rejects.toThrow(/altnames/);
      expect(seen).toEqual([
        {
          accept: 'image/*',
          'accept-encoding': 'identity',
          'user-agent': 'pawprint',
          host: `photos.test:${port}`,
          connection: 'close',
        },
      ]);
    } finally {
      setDefaultCACertificates(before);
      secure.closeAllConnections();
      secure.close();
      rmSync(folder, { recursive: true, force: true });
    }
  },
);
