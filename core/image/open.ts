/**
 * @module core/image/open
 * Checks a photograph before anything is decoded, and sets up its decode: upright, sRGB, opaque. All that
 * reads pictures, in training and in serving, goes through here.
 */
import { BadRequestError, TooLargeError } from '../errors.ts';
import type { ModelInput } from '../manifest.ts';
import { loadEngine, type Picture } from './engine.ts';
import { cutOff, decodingFault, unsupportedFormat } from './refuse.ts';
import { isPictureFormat, type PictureFormat, sniffFormat } from './sniff.ts';
import { isWhole } from './whole.ts';

/** The largest file that is read, in bytes. */
export const MOST_PICTURE_BYTES = 10 * 1024 * 1024;
/** The largest picture that is decoded, in pixels: width times height of one frame. */
export const MOST_PICTURE_PIXELS = 50_000_000;

const DEFAULT_TIMEOUT_SECONDS = 10;

export interface ImageInfo {
  /** Of the upright picture, in pixels. */
  width: number;
  height: number;
  /** By the bytes, whatever the name or the type header said. */
  format: PictureFormat;
}

export interface OpenOptions {
  /** What shows through transparent pixels, RGB from 0 to 255. */
  background: ModelInput['resize']['background'];
  /** Of decoding, per output; the time spent waiting for a thread isn't counted. Rounded up to whole seconds. */
  timeoutSeconds?: number | undefined;
}

export interface OpenPhotograph {
  info: ImageInfo;
  /**
   * The upright sRGB picture, not decoded yet. Clone it for each view, `extract` first, then `resize` with
   * {@link LANCZOS}, and get the pixels from {@link decodePixels}.
   */
  image: Picture;
}

/**
 * Opens a photograph: a JPEG, PNG, WebP, AVIF or GIF (of an animation, the first frame).
 * Throws BadRequestError for no bytes, TooLargeError, UnsupportedFormatError, and UnreadableImageError when
 * the header can't be read or the end is missing.
 */
export async function openPhotograph(bytes: Uint8Array, options: OpenOptions): Promise<OpenPhotograph> {
  if (bytes.byteLength === 0) throw new BadRequestError('There is no photograph: it has 0 bytes.');
  if (bytes.byteLength > MOST_PICTURE_BYTES) throw tooManyBytes();
  const format = sniffFormat(bytes);
  if (!isPictureFormat(format)) throw unsupportedFormat(format);
  if (!isWhole(bytes, format)) throw cutOff(format);

  const engine = await loadEngine();
  // failOn: the default, 'warning', refuses what phones write (stray bytes between segments, SOS parameters
  // of Samsung's); 'none' gives a grey lower half for half an upload.
  // limitInputPixels: counted below, from the same header, so that the refusal is ours and not a text to match.
  const source = engine(bytes, { failOn: 'error', limitInputPixels: false });
  const info = await readInfo(source, format);
  if (info.width * info.height > MOST_PICTURE_PIXELS) throw tooManyPixels(info);

  const [r, g, b] = options.background;
  const seconds = Math.max(1, Math.ceil(options.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS));
  const image = source
    .timeout({ seconds })
    .autoOrient()
    .flatten({ background: { r, g, b } })
    .toColourspace('srgb');
  return { info, image };
}

/** 413 for a file of too many bytes: also said by what counts them before it has them all. */
export function tooManyBytes(): TooLargeError {
  return new TooLargeError(
    `The photograph is larger than ${MOST_PICTURE_BYTES / 1024 / 1024} MB. Make it smaller before sending it: 1,024 pixels on the longer side are plenty.`,
  );
}

function tooManyPixels({ width, height }: ImageInfo): TooLargeError {
  return new TooLargeError(
    `The picture has ${width} x ${height} pixels, more than ${MOST_PICTURE_PIXELS / 1e6} megapixels. Make it smaller before sending it: 1,024 pixels on the longer side are plenty.`,
  );
}

/** Reads the header; no pixel is decoded. */
async function readInfo(source: Picture, format: PictureFormat): Promise<ImageInfo> {
  const metadata = await source.metadata().catch((error: unknown) => {
    throw decodingFault(error, format);
  });
  // One container, two codecs: brands that say AVIF around a HEVC picture.
  if (format === 'avif' && metadata.compression !== 'av1') throw unsupportedFormat('heic');
  return { width: metadata.autoOrient.width, height: metadata.autoOrient.height, format };
}
