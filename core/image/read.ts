/**
 * @module core/image/read
 * From the bytes of a photograph to the pixels that a network sees: the one function for training and
 * serving. Where the two resize differently, accuracy is lost and nothing says so.
 */
import type { ModelInput } from '../manifest.ts';
import type { Picture } from './engine.ts';
import { type ImageInfo, openPhotograph } from './open.ts';
import { decodingFault } from './refuse.ts';

export { type ImageInfo, type OpenOptions, type OpenPhotograph, openPhotograph } from './open.ts';

export interface Photograph {
  /** height x width x 3 of the model's input, RGB, 8 bit, rows top down. */
  pixels: Uint8Array;
  /** Of the photograph as it came, upright. */
  info: ImageInfo;
}

export interface ReadOptions {
  input: Pick<ModelInput, 'width' | 'height' | 'resize'>;
  /** Of decoding; 10 by default. */
  timeoutSeconds?: number | undefined;
}

/**
 * How every picture is resized. sharp decodes a large JPEG at 1/2, 1/4 or 1/8 while it loads it; without
 * `fastShrinkOnLoad` it leaves at least a factor of two to the kernel. Against an exact antialiased Lanczos
 * of the full decode (what the base networks were measured with), to 260 x 260, mean difference of 255 and
 * milliseconds on one core, over mosaics of pet photographs:
 *
 *                        3 megapixels    12 megapixels    12, orientation 6
 *     full decode        0.55   18 ms    0.96   56 ms     0.96   164 ms
 *     fastShrinkOnLoad   1.41   11 ms    2.02   32 ms     2.02    34 ms
 *     without it         0.44   13 ms    0.61   38 ms     0.61    46 ms
 *
 * So shrinking on load, less eagerly, is the closest too: libvips halves a full decode by averaging blocks
 * before the kernel sees it. (Enlarging, it interpolates bicubically and is half a pixel off.)
 */
export const LANCZOS = { kernel: 'lanczos3', fastShrinkOnLoad: false } as const;

/** From this reduction on, sharp shrinks a JPEG on load with {@link LANCZOS}. */
const SHRINKS_FROM = 4;

/**
 * Reads a photograph as a model's input: upright, sRGB, transparency over `resize.background`, scaled to
 * cover and cropped about the centre. Throws BadRequestError (no bytes), TooLargeError,
 * UnsupportedFormatError, UnreadableImageError and, when decoding takes too long, DeadlineError.
 */
export async function readPhotograph(bytes: Uint8Array, options: ReadOptions): Promise<Photograph> {
  const { width, height, resize } = options.input;
  const { info, image } = await openPhotograph(bytes, {
    background: resize.background,
    timeoutSeconds: options.timeoutSeconds,
  });
  const reduction = Math.min(info.width / width, info.height / height);
  const view =
    info.format === 'jpeg' && reduction >= SHRINKS_FROM
      ? image.resize({ width, height, fit: 'cover', ...LANCZOS })
      : // The crop comes first, so a 5000 x 1 picture never becomes one of 1,300,000 x 260. (It also turns
        // sharp's shrinking off, so it isn't for large JPEGs; those can't be that narrow.)
        image.extract(centralRegion(info, width / height)).resize({ width, height, fit: 'fill', ...LANCZOS });
  return { pixels: await decodePixels(view, { width, height, format: info.format }), info };
}

/**
 * Decodes a view: height x width x 3 bytes, RGB, rows top down. `view` must come out at `width` x `height`.
 * Throws UnreadableImageError or DeadlineError.
 */
export async function decodePixels(
  view: Picture,
  { width, height, format }: Pick<ImageInfo, 'width' | 'height' | 'format'>,
): Promise<Uint8Array> {
  const pixels = await view
    .raw({ depth: 'uchar' })
    .toBuffer()
    .catch((error: unknown) => {
      throw decodingFault(error, format);
    });
  if (pixels.byteLength !== width * height * 3) {
    throw new Error(`A decode to ${width} x ${height} RGB gave ${pixels.byteLength} bytes.`);
  }
  return pixels;
}

/** The largest region of an aspect ratio (width by height) about the centre, in whole pixels, at least one. */
function centralRegion(info: ImageInfo, aspect: number) {
  const width = Math.max(1, Math.min(info.width, Math.round(info.height * aspect)));
  const height = Math.max(1, Math.min(info.height, Math.round(info.width / aspect)));
  return {
    left: Math.floor((info.width - width) / 2),
    top: Math.floor((info.height - height) / 2),
    width,
    height,
  };
}
