/**
 * @module core/image/sniff
 * Tells what a file is by its first bytes. Names and type headers lie too often to be asked: octet-stream
 * from Android, a HEIC called .jpg, Oxford's GIFs that are called .jpg.
 */

/** The formats that are read. */
export type PictureFormat = 'jpeg' | 'png' | 'webp' | 'avif' | 'gif';

/** What is recognised only so that the refusal can say what came. */
export type ForeignFormat =
  | 'heic'
  | 'video'
  | 'tiff'
  | 'bmp'
  | 'ico'
  | 'jxl'
  | 'jp2'
  | 'psd'
  | 'pdf'
  | 'zip'
  | 'gzip'
  | 'svg'
  | 'html'
  | 'json'
  | 'data-url';

const PICTURE_FORMATS: ReadonlySet<string> = new Set<PictureFormat>(['jpeg', 'png', 'webp', 'avif', 'gif']);

const AVIF_BRANDS: ReadonlySet<string> = new Set(['avif', 'avis']);
const HEIC_BRANDS: ReadonlySet<string> = new Set([
  'heic',
  'heix',
  'heim',
  'heis',
  'hevc',
  'hevx',
  'hevm',
  'hevs',
]);
/** HEIF without a word on the codec: in practice the HEVC of a phone, unless an AVIF brand stands beside it. */
const HEIF_BRANDS: ReadonlySet<string> = new Set(['mif1', 'msf1', 'mif2', 'miaf']);

/** Bytes at the beginning, as Latin-1, so that each character is a byte. */
const SIGNATURES: readonly (readonly [prefix: string, format: PictureFormat | ForeignFormat])[] = [
  ['\xff\xd8', 'jpeg'], // two bytes: some phones put stray ones before the next marker
  ['\x89PNG\r\n\x1a\n', 'png'],
  ['GIF87a', 'gif'],
  ['GIF89a', 'gif'],
  ['II*\0', 'tiff'],
  ['MM\0*', 'tiff'],
  ['%PDF', 'pdf'],
  ['8BPS', 'psd'],
  ['PK\x03\x04', 'zip'],
  ['\x1f\x8b', 'gzip'],
  ['\0\0\x01\0', 'ico'],
  ['\xff\x0a', 'jxl'],
  ['\0\0\0\x0cJXL ', 'jxl'],
  ['\0\0\0\x0cjP  ', 'jp2'],
  ['BM', 'bmp'],
];

/** Longer `ftyp` boxes don't occur; a size that is larger is a lie. */
const MOST_BRAND_BYTES = 256;

/** Returns the format that the first bytes show, or null when they show none that has a name here. */
export function sniffFormat(bytes: Uint8Array): PictureFormat | ForeignFormat | null {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 1024)).toString(
    'latin1',
  );
  if (head.startsWith('RIFF') && head.startsWith('WEBP', 8)) return 'webp';
  if (head.startsWith('ftyp', 4)) return formatOfBrands(head);
  return SIGNATURES.find(([prefix]) => head.startsWith(prefix))?.[1] ?? formatOfText(head);
}

export function isPictureFormat(format: string | null): format is PictureFormat {
  return format !== null && PICTURE_FORMATS.has(format);
}

/**
 * Reads the `ftyp` box (ISO/IEC 14496-12, 4.3): size, 'ftyp', major brand, minor version, compatible brands.
 * AVIF files list mif1 too, some have it as the major brand: so the AVIF brands are looked for in all.
 */
function formatOfBrands(head: string): PictureFormat | ForeignFormat {
  const size = Math.min(
    Buffer.from(head.slice(0, 4), 'latin1').readUInt32BE(),
    MOST_BRAND_BYTES,
    head.length,
  );
  const major = head.slice(8, 12);
  const brands = [major];
  for (let offset = 16; offset + 4 <= size; offset += 4) brands.push(head.slice(offset, offset + 4));
  if (HEIC_BRANDS.has(major)) return 'heic';
  if (brands.some((brand) => AVIF_BRANDS.has(brand))) return 'avif';
  if (brands.some((brand) => HEIC_BRANDS.has(brand) || HEIF_BRANDS.has(brand))) return 'heic';
  return 'video';
}

function formatOfText(head: string): ForeignFormat | null {
  const text = head.replace(/^\xef\xbb\xbf/, '').trimStart();
  if (/^data:image\//i.test(text)) return 'data-url';
  if (/^(<\?xml|<!--|<!doctype svg|<svg)/i.test(text) && /<svg[\s/>]/i.test(text)) return 'svg';
  if (/^<(!doctype html|html|head|body|!--)/i.test(text)) return 'html';
  return /^[[{]\s*["{[]/.test(text) ? 'json' : null;
}
