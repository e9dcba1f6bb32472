import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataError } from '../../../core/errors.ts';
import { sha256 } from '../../../core/hash.ts';
import { type UnpackOptions, unpackArchive } from '../../../training/data/unpack.ts';
import { makeTar, makeZip, type TarEntry, type ZipEntry } from '../../helpers/archives.ts';

let folder: string;
let cache: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pawprint-archive-'));
  cache = join(folder, 'cache');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function unpack(bytes: Uint8Array, options: Partial<UnpackOptions> = {}): Promise<string> {
  const path = join(folder, 'archive');
  writeFileSync(path, bytes);
  return unpackArchive(path, { cache, ...options });
}

const sound = [
  { name: 'images/pug_1.jpg', content: 'one' },
  { name: './images//pug_2.jpg', content: 'two' },
  { name: 'images/._pug_1.jpg', content: 'fork' },
  { name: '__MACOSX/images/pug_1.jpg', content: 'fork' },
];
const made: Record<string, (entries: (TarEntry & ZipEntry)[]) => Promise<Buffer> | Buffer> = {
  tar: (entries) => makeTar(entries),
  'tar.gz': (entries) => makeTar(entries, { gzip: true }),
  zip: (entries) => makeZip(entries),
};
const FORMATS = Object.keys(made);

describe.each(FORMATS)('unpackArchive of a %s', (format) => {
  const make = made[format]!;

  it('unpacks once, into a folder named by the hash of the archive, without hidden files', async () => {
    const bytes = await make([{ name: 'images/' }, ...sound]);
    const place = await unpack(bytes);
    expect(place).toBe(join(cache, 'data', sha256(bytes)));
    expect(readdirSync(join(place, 'images')).sort()).toEqual(['pug_1.jpg', 'pug_2.jpg']);
    expect(readFileSync(join(place, 'images', 'pug_2.jpg'), 'utf8')).toBe('two');
    expect(readdirSync(place)).toEqual(['images']);

    writeFileSync(join(place, 'mark'), '');
    expect(await unpack(bytes)).toBe(place);
    expect(existsSync(join(place, 'mark'))).toBe(true);
  });

  it.each([
    ['../evil.jpg', 'leads out of the folder'],
    ['images/../../evil.jpg', 'leads out of the folder'],
    ['/evil.jpg', 'is absolute'],
    ['C:/evil.jpg', 'a drive letter'],
    ['c:evil.jpg', 'a drive letter'],
    ['images\\..\\evil.jpg', 'a backslash'],
  ])('refuses %j by name and leaves nothing', async (name, reason) => {
    const bytes = await make([...sound, { name, content: 'x' }]);
    const fault = unpack(bytes);
    await expect(fault).rejects.toThrow(JSON.stringify(name));
    await expect(fault).rejects.toThrow(reason);
    await expect(fault).rejects.toBeInstanceOf(DataError);
    expect(readdirSync(join(cache, 'data'))).toEqual([]);
    expect(readdirSync(folder).sort()).toEqual(['archive', 'cache']);
  });

  it('stops at more entries or bytes than the limits', async () => {
    const bytes = await make([...sound, { name: '.bomb', content: Buffer.alloc(100_000) }]);
    const limits = { entries: 4, bytes: 1_000_000 };
    await expect(unpack(bytes, { limits })).rejects.toThrow(
      '".bomb" is refused: the archive has more than 4',
    );
    const small = { entries: 10, bytes: 50_000 };
    await expect(unpack(bytes, { limits: small })).rejects.toThrow(
      '".bomb" is refused: the archive unpacks to more',
    );
    expect(await unpack(bytes, { limits: { entries: 5, bytes: 101_000 } })).toContain(sha256(bytes));
  });

  it('refuses one that is cut off', async () => {
    const bytes = await make([{ name: 'a.jpg', content: Buffer.alloc(5000, 'pattern') }, ...sound]);
    const fault = unpack(bytes.subarray(0, format === 'tar.gz' ? bytes.length - 20 : 600));
    await expect(fault).rejects.toBeInstanceOf(DataError);
    await expect(fault).rejects.toThrow(/can't be unpacked|neither a folder/);
  });

  it('checks the SHA-256', async () => {
    const bytes = await make(sound);
    await expect(unpack(bytes, { sha256: 'a'.repeat(64) })).rejects.toThrow(
      `has the SHA-256 ${sha256(bytes)}, not aaa`,
    );
    expect(await unpack(bytes, { sha256: sha256(bytes) })).toContain('data');
  });

  it('tells how far it is', async () => {
    const bytes = await make(sound);
    const seen: number[][] = [];
    await unpack(bytes, { onProgress: (...one) => seen.push(one) });
    expect(seen.at(-1)![0]).toBeLessThanOrEqual(bytes.length);
    expect(seen.at(-1)![1]).toBe(bytes.length);
  });
});

describe('unpackArchive', () => {
  it.each([
    ['symlink', { linkname: '/etc/passwd' }],
    ['link', { linkname: 'images/pug_1.jpg' }],
    ['character-device', { devmajor: 1, devminor: 3 }],
    ['fifo', {}],
  ] as const)('refuses a %s in a tar', async (type, header) => {
    const bytes = await makeTar([...sound, { name: 'images/odd.jpg', type, ...header }]);
    await expect(unpack(bytes)).rejects.toThrow(`"images/odd.jpg" is refused: it is a ${type}`);
  });

  it.each([
    [0o120777, 'it is a link'],
    [0o020666, 'it is a device'],
  ])('refuses a file of mode %o in a zip', async (mode, reason) => {
    const bytes = makeZip([...sound, { name: 'images/odd.jpg', content: '/etc/passwd', mode }]);
    await expect(unpack(bytes)).rejects.toThrow(`"images/odd.jpg" is refused: ${reason}`);
  });

  it('refuses a NUL in a name of a zip', async () => {
    const bytes = makeZip([{ name: 'images/a\0.jpg', content: 'x' }]);
    await expect(unpack(bytes)).rejects.toThrow('it has a NUL in its name');
  });

  it('refuses an entry that is there twice', async () => {
    await expect(unpack(await makeTar([...sound, sound[0]!]))).rejects.toThrow('it is there twice');
  });

  it('refuses an encrypted entry', async () => {
    const bytes = makeZip([{ name: 'images/a.jpg', content: 'secret' }]);
    // Bit 0 of the general purpose flag, in the local header and in the directory.
    bytes[6]! |= 1;
    bytes[bytes.indexOf('PK\x01\x02', 0, 'latin1') + 8]! |= 1;
    await expect(unpack(bytes)).rejects.toThrow('"images/a.jpg" is refused: it is encrypted');
  });

  it.each([['not an archive'], [''], ['\x1f\x8bno gzip']])('refuses a file of %j', async (text) => {
    await expect(unpack(Buffer.from(text, 'latin1'))).rejects.toBeInstanceOf(DataError);
  });

  it('takes away what a run that was killed left behind', async () => {
    const left = join(cache, 'data', `${'0'.repeat(64)}.999999999.unfinished`);
    mkdirSync(left, { recursive: true });
    await unpack(await makeTar(sound));
    expect(existsSync(left)).toBe(false);
  });
});
