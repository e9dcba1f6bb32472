/**
 * @module core/image/refuse
 * Words for what isn't read: other formats, and what libvips says about damaged files.
 */
import {
  DeadlineError,
  messageOf,
  type PawprintError,
  TooLargeError,
  UnreadableImageError,
  UnsupportedFormatError,
} from '../errors.ts';
import type { ForeignFormat, PictureFormat } from './sniff.ts';

/** What came and, where there is one, a step to take that is better than "convert it". */
const FOREIGN: Record<ForeignFormat, { name: string; step?: string }> = {
  heic: {
    name: 'a HEIC picture (HEIF)',
    step: 'Convert it to JPEG first. On an iPhone: Settings > Camera > Formats > Most Compatible, or let the app or the browser convert it before it uploads.',
  },
  video: { name: 'a video', step: 'Send a single picture of it.' },
  tiff: { name: 'a TIFF or a raw camera file' },
  bmp: { name: 'a BMP' },
  ico: { name: 'an icon' },
  jxl: { name: 'a JPEG XL' },
  jp2: { name: 'a JPEG 2000' },
  psd: { name: 'a Photoshop file' },
  pdf: { name: 'a PDF' },
  zip: { name: 'a ZIP archive', step: 'Send the pictures one by one.' },
  gzip: { name: 'gzip data', step: 'Send the picture itself, uncompressed.' },
  svg: { name: 'an SVG drawing' },
  html: {
    name: 'an HTML page',
    step: 'It is often a login or error page in place of the picture: look at what was downloaded.',
  },
  json: {
    name: 'JSON',
    step: 'To send a photograph in JSON, set Content-Type: application/json and send {"image": "<base64>"}.',
  },
  'data-url': {
    name: 'a data URL',
    step: 'Send the bytes themselves, or {"image": "<the data URL>"} with Content-Type: application/json.',
  },
};

/** 415 that says what came and what to do. `format` is what {@link sniffFormat} found. */
export function unsupportedFormat(format: ForeignFormat | null): UnsupportedFormatError {
  const foreign = format === null ? undefined : FOREIGN[format];
  const what = foreign ? `This is ${foreign.name}` : 'The bytes are of no picture format known here';
  const step = foreign?.step ?? 'Convert it to one of these.';
  return new UnsupportedFormatError(`${what}; JPEG, PNG, WebP, AVIF and GIF are read. ${step}`);
}

/** 422 for a picture that can't be decoded. What libvips said is kept as the cause: it names no next step. */
export function unreadable(format: PictureFormat, cause?: unknown): UnreadableImageError {
  return new UnreadableImageError(
    `The ${nameOf(format)} is damaged or of a kind that can't be decoded. Send the whole file again, or save it anew as a plain JPEG.`,
    { cause },
  );
}

/** 422 for a file whose end is missing. */
export function cutOff(format: PictureFormat): UnreadableImageError {
  return new UnreadableImageError(
    `The ${nameOf(format)} is cut off: its end is missing. Send the whole file again.`,
  );
}

/** The error for a fault that libvips raised while it decoded. */
export function decodingFault(thrown: unknown, format: PictureFormat): PawprintError {
  // The one wording of sharp's own time-out: "timeout: 38% complete".
  if (messageOf(thrown).startsWith('timeout')) {
    return new DeadlineError('Decoding the photograph took too long. Send a smaller one.', { cause: thrown });
  }
  // libjpeg stops at this before there is a header to count by.
  if (messageOf(thrown).includes('Maximum supported image dimension')) {
    return new TooLargeError(
      'The picture is more than 65,500 pixels wide or high. Make it smaller before sending it: 1,024 pixels on the longer side are plenty.',
      { cause: thrown },
    );
  }
  return unreadable(format, thrown);
}

function nameOf(format: PictureFormat): string {
  return format === 'webp' ? 'WebP' : format.toUpperCase();
}
