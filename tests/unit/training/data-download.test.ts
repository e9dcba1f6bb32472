import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError } from '../../../core/errors.ts';
import { sha256 } from '../../../core/hash.ts';
import { type DownloadOptions, download, publicUrl } from '../../../training/data/download.ts';
import { openSource } from '../../../training/data/source.ts';
import { makeTar } from '../../helpers/archives.ts';

const CONTENT = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7919) % 251));

let folder: string;
let server: Server;
let origin: string;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
let ranges: (string | undefined)[];
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pawprint-download-'));
  ranges = [];
  server = createServer((request, response) => {
    ranges.push(request.headers.range);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const get = async (path: string, options: Partial<DownloadOptions> = {}) =>
  (await download(`${origin}${path}`, { folder, allowLoopbackHttp: true, ...options })).path;

/** Serves a file with ranges, and ends the connection after `breakAfter` bytes of an answer. */
function serve(
  content: Buffer,
  { etag = '"one"', breakAfter = Number.POSITIVE_INFINITY } = {},
): typeof answer {
  return (request, response) => {
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304).end();
      return;
    }
    const begin = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const isRest = begin > 0 && request.headers['if-range'] === etag;
    const rest = isRest ? content.subarray(begin) : content;
    const range = { 'content-range': `bytes ${begin}-${content.length - 1}/${content.length}` };
    response.writeHead(isRest ? 206 : 200, { etag, 'content-length': rest.length, ...(isRest && range) });
    response.write(rest.subarray(0, breakAfter), () => {
      // What came must have been read before: an error drops what waits in a stream.
      if (breakAfter < rest.length) setTimeout(() => response.destroy(), 100);
      else response.end();
    });
  };
}

describe('download', () => {
  it('brings a file and tells how far it is', async () => {
    answer = serve(CONTENT);
    const seen: number[][] = [];
    const path = await get('/a', { onProgress: (...one) => seen.push(one) });
    expect(sha256(readFileSync(path))).toBe(sha256(CONTENT));
    expect(seen.at(-1)).toEqual([CONTENT.length, CONTENT.length]);
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it('goes on where the connection broke, by itself', async () => {
    answer = (request, response) =>
      serve(CONTENT, ranges.length === 1 ? { breakAfter: 100_000 } : {})(request, response);
    expect(sha256(readFileSync(await get('/a')))).toBe(sha256(CONTENT));
    expect(ranges).toEqual([undefined, 'bytes=100000-']);
  });

  it('goes on where an earlier run stopped', async () => {
    answer = serve(CONTENT, { breakAfter: 100_000 });
    await expect(get('/a', { tries: 1 })).rejects.toThrow('Run it again to go on where it stopped');
    answer = serve(CONTENT);
    expect(sha256(readFileSync(await get('/a')))).toBe(sha256(CONTENT));
    expect(ranges).toEqual([undefined, 'bytes=100000-']);
  });

  it('begins anew where the file has changed', async () => {
    answer = serve(CONTENT, { breakAfter: 100_000 });
    await expect(get('/a', { tries: 1 })).rejects.toThrow();
    const other = Buffer.from([...CONTENT].reverse());
    answer = serve(other, { etag: '"two"' });
    expect(sha256(readFileSync(await get('/a')))).toBe(sha256(other));
  });

  it('begins anew without an ETag that is strong', async () => {
    answer = serve(CONTENT, { etag: 'W/"weak"', breakAfter: 100_000 });
    await expect(get('/a', { tries: 1 })).rejects.toThrow();
    answer = serve(CONTENT, { etag: 'W/"weak"' });
    expect(sha256(readFileSync(await get('/a')))).toBe(sha256(CONTENT));
    expect(ranges).toEqual([undefined, undefined]);
  });

  it('begins anew where the part is as long as the file', async () => {
    answer = serve(CONTENT, { breakAfter: 100_000 });
    await expect(get('/a', { tries: 1 })).rejects.toThrow();
    answer = (request, response) => {
      if (request.headers.range) response.writeHead(416).end();
      else serve(CONTENT)(request, response);
    };
    expect(sha256(readFileSync(await get('/a')))).toBe(sha256(CONTENT));
  });

  it('is refused while another process downloads the same', async () => {
    const lock = join(folder, `${sha256(`${origin}/a`).slice(0, 32)}.lock`);
    writeFileSync(lock, '1');
    await expect(get('/a')).rejects.toThrow('is being downloaded by process 1.');
    // A process that died holds nothing.
    writeFileSync(lock, String(2 ** 22 + 1));
    answer = serve(CONTENT);
    expect(sha256(readFileSync(await get('/a')))).toBe(sha256(CONTENT));
  });

  it('gives up on a server that says nothing more', async () => {
    answer = (_, response) => {
      response.writeHead(200, { 'content-length': 10 });
      response.write('x');
    };
    await expect(get('/a', { tries: 1, stallSeconds: 0.2 })).rejects.toThrow("can't be downloaded");
  });

  it('says at once what another try would not mend', async () => {
    answer = (_, response) => void response.writeHead(404).end();
    await expect(get('/a?signature=secret')).rejects.toThrow(`${origin}/a answers 404 Not Found`);
    expect(ranges).toHaveLength(1);
  });

  it('follows redirects, each of which must be allowed', async () => {
    answer = (request, response) => {
      if (request.url === '/a') response.writeHead(302, { location: '/b' }).end();
      else if (request.url === '/c') response.writeHead(302, { location: 'http://example.test/b' }).end();
      else if (request.url === '/d') response.writeHead(302, { location: '/d' }).end();
      else serve(CONTENT)(request, response);
    };
    expect(sha256(readFileSync(await get('/a')))).toBe(sha256(CONTENT));
    await expect(get('/c')).rejects.toThrow('http://example.test/b is no https address');
    await expect(get('/d')).rejects.toThrow('redirects more than 5 times');
  });

  it.each([
    ['http://127.0.0.1:1/a', 'http://127.0.0.1:1/a is no https address'],
    ['ftp://example.test/a', 'is no https address'],
    ['https://user:word@example.test/a', 'comes with a user or a password'],
    ['https://', 'is no https address'],
  ])('refuses %s', async (address, message) => {
    await expect(download(address, { folder })).rejects.toThrow(message);
  });
});

test('publicUrl leaves out what may be a secret', () => {
  expect(publicUrl('https://user:word@example.test:8443/a/b.zip?sig=x#y')).toBe(
    'https://example.test:8443/a/b.zip',
  );
});

describe('openSource', () => {
  const reporter = { line: () => {}, progress: () => ({ onProgress: () => {}, end: () => {} }) };
  const open = (data: string, hash = '') =>
    openSource(data, { cache: join(folder, 'cache'), sha256: hash, reporter, allowLoopbackHttp: true });

  it('downloads and unpacks an archive once', async () => {
    const archive = await makeTar([{ name: 'pug/1.jpg', content: 'x' }], { gzip: true });
    answer = serve(archive);
    const { folder: place, title } = await open(`${origin}/pets.tar.gz?signature=secret`);
    expect(title).toBe(`${origin}/pets.tar.gz`);
    expect(readFileSync(join(place, 'pug', '1.jpg'), 'utf8')).toBe('x');
    expect((await open(`${origin}/pets.tar.gz?signature=secret`)).folder).toBe(place);
    // Asked once more, and answered 304.
    expect(ranges).toHaveLength(2);
    // By its hash it is known from any address.
    expect((await open(`${origin}/elsewhere`, sha256(archive).toUpperCase())).folder).toBe(place);
    expect(ranges).toHaveLength(2);
    // The archive itself isn't kept beside what is in it.
    expect(readdirSync(join(folder, 'cache', 'data', 'addresses'))).toHaveLength(1);
  });

  it('downloads again what has changed at its address, and keeps what it has while nobody answers', async () => {
    const [first, second] = [
      await makeTar([{ name: 'pug/1.jpg', content: 'x' }]),
      await makeTar([{ name: 'pug/1.jpg', content: 'y' }]),
    ];
    answer = serve(first);
    const { folder: before } = await open(`${origin}/pets.tar`);
    answer = (_, response) => response.destroy();
    expect((await open(`${origin}/pets.tar`)).folder).toBe(before);
    answer = serve(second, { etag: '"two"' });
    const { folder: after } = await open(`${origin}/pets.tar`);
    expect(readFileSync(join(after, 'pug', '1.jpg'), 'utf8')).toBe('y');
  });

  it('uses nothing of an archive with another SHA-256', async () => {
    const archive = await makeTar([{ name: 'pug/1.jpg', content: 'x' }]);
    answer = serve(archive);
    const fault = open(`${origin}/pets.tar`, 'a'.repeat(64));
    await expect(fault).rejects.toThrow(`${origin}/pets.tar has the SHA-256 ${sha256(archive)}, not aaa`);
    await expect(fault).rejects.toBeInstanceOf(DataError);
    expect(existsSync(join(folder, 'cache', 'data', sha256(archive)))).toBe(false);
    await expect(open(`${origin}/pets.tar`, 'abc')).rejects.toThrow('expected 64 hex digits');
  });

  it('takes a folder as it is, and says where there is nothing', async () => {
    expect((await open(folder)).folder).toBe(folder);
    await expect(open(folder, 'a'.repeat(64))).rejects.toThrow('it is for archives');
    await expect(open(join(folder, 'none'))).rejects.toThrow('There is no folder and no archive');
    writeFileSync(join(folder, 'text.zip'), 'not a zip at all');
    await expect(open(join(folder, 'text.zip'))).rejects.toThrow('is neither a folder nor a .tar.gz');
  });
});
