/**
 * @module training/features/views
 * The views of a photograph that a head is trained on: as it is served, its mirror image, and random crops.
 */
import { loadEngine } from '../../core/image/engine.ts';
import { decodePixels, LANCZOS, openPhotograph, readPhotograph } from '../../core/image/read.ts';
import type { ModelInput } from '../../core/manifest.ts';
import { randomSource } from '../random.ts';

/** Names a view, and with the photograph's hash decides its pixels: it is part of the key of a cached feature. */
export type ViewName = 'original' | 'mirror' | `crop-${string}`;

/** The views of a training photograph: the original first, then its mirror, then `crops` random ones. */
export function trainingViews({
  crops,
  cropArea,
  seed,
}: {
  crops: number;
  cropArea: number;
  seed: number;
}): ViewName[] {
  const names = Array.from({ length: crops }, (_, index): ViewName => `crop-${cropArea}-${seed}-${index}`);
  return ['original', 'mirror', ...names];
}

/** Crops are cut from a picture whose shorter side is at most this many times the input's: enough for any area. */
const WORKING_SCALE = 2;

/**
 * The pixels of each view: height x width x 3 bytes, RGB, rows top down. The original comes from the very
 * function that serving reads by. `sha256` of the photograph's bytes seeds its crops.
 */
export async function readViews(
  bytes: Uint8Array,
  { views, input, sha256 }: { views: readonly ViewName[]; input: ModelInput; sha256: string },
): Promise<Uint8Array[]> {
  const needsOriginal = views.includes('original') || views.includes('mirror');
  const needsCrops = views.some((view) => view.startsWith('crop-'));
  const [original, cut] = await Promise.all([
    needsOriginal ? readPhotograph(bytes, { input }) : null,
    needsCrops ? openForCrops(bytes, input) : null,
  ]);
  return Promise.all(
    views.map(async (view) => {
      if (view === 'original') return original!.pixels;
      if (view === 'mirror') return mirror(original!.pixels, input.width);
      return cut!(view, `${view}:${sha256}`);
    }),
  );
}

/** The same pixels, each row from right to left. */
export function mirror(pixels: Uint8Array, width: number): Uint8Array {
  const mirrored = new Uint8Array(pixels.length);
  for (let at = 0; at < pixels.length; at += 3) {
    const row = Math.floor(at / (width * 3));
    const column = (at - row * width * 3) / 3;
    const target = (row * width + width - 1 - column) * 3;
    mirrored[target] = pixels[at]!;
    mirrored[target + 1] = pixels[at + 1]!;
    mirrored[target + 2] = pixels[at + 2]!;
  }
  return mirrored;
}

export interface Region {
  left: number;
  top: number;
  width: number;
  height: number;
}

/**
 * A random region with the shape of the input, so that nothing is stretched. Its area is `cropArea` to 1 of
 * the largest such region, its place anywhere in the picture; half of them are mirrored.
 */
export function randomRegion(
  picture: { width: number; height: number },
  input: { width: number; height: number },
  { cropArea, key }: { cropArea: number; key: string },
): Region & { mirrored: boolean } {
  const random = randomSource(key);
  const scale = Math.min(picture.width / input.width, picture.height / input.height);
  const share = Math.sqrt(cropArea + (1 - cropArea) * random());
  const width = Math.min(picture.width, Math.max(1, Math.round(scale * share * input.width)));
  const height = Math.min(picture.height, Math.max(1, Math.round(scale * share * input.height)));
  return {
    left: Math.floor(random() * (picture.width - width + 1)),
    top: Math.floor(random() * (picture.height - height + 1)),
    width,
    height,
    mirrored: random() < 0.5,
  };
}

type Cut = (view: ViewName, key: string) => Promise<Uint8Array>;

/** Decodes once, and cuts every crop from that. */
async function openForCrops(bytes: Uint8Array, input: ModelInput): Promise<Cut> {
  const { info, image } = await openPhotograph(bytes, { background: input.resize.background });
  const scale = Math.max(
    (WORKING_SCALE * input.width) / info.width,
    (WORKING_SCALE * input.height) / info.height,
  );
  const isLarge = scale < 1;
  const width = isLarge ? Math.max(input.width, Math.round(info.width * scale)) : info.width;
  const height = isLarge ? Math.max(input.height, Math.round(info.height * scale)) : info.height;
  const { format } = info;
  const decoded = isLarge ? image.resize({ width, height, fit: 'fill', ...LANCZOS }) : image;
  const pixels = await decodePixels(decoded, { width, height, format });
  const engine = await loadEngine();
  return async (view, key) => {
    const cropArea = Number(view.split('-')[1]);
    const { mirrored, ...region } = randomRegion({ width, height }, input, { cropArea, key });
    const picture = engine(pixels, { raw: { width, height, channels: 3 } })
      .extract(region)
      .resize({ width: input.width, height: input.height, fit: 'fill', ...LANCZOS });
    const cropped = await decodePixels(picture, { width: input.width, height: input.height, format });
    return mirrored ? mirror(cropped, input.width) : cropped;
  };
}
