/**
 * @module core/image/engine
 * sharp, set up once in one place. It is loaded on first use, not at import: app initialisation on Flex
 * Consumption must be quick, and libvips is 20 MB of native code.
 */
import type sharp from 'sharp';
import type { Sharp } from 'sharp';

export type Engine = typeof sharp;
/** A picture on its way through libvips; nothing is decoded before it is asked for output. */
export type Picture = Sharp;

/** The decoders that stay reachable. Everything else that libvips can load (SVG, TIFF, PDF, its own) is shut. */
const LOADERS = [
  'VipsForeignLoadJpegBuffer',
  'VipsForeignLoadPngBuffer',
  'VipsForeignLoadWebpBuffer',
  'VipsForeignLoadHeifBuffer', // AVIF; this build of libheif has no HEVC decoder
  'VipsForeignLoadNsgifBuffer',
];

let loading: Promise<Engine> | undefined;

/** sharp, loaded and configured by the first call. */
export function loadEngine(): Promise<Engine> {
  loading ??= import('sharp').then(({ default: engine }) => configure(engine));
  return loading;
}

function configure(engine: Engine): Engine {
  engine.block({ operation: ['VipsForeignLoad'] });
  engine.unblock({ operation: LOADERS });
  // No two photographs share an operation: libvips' cache would only hold memory.
  engine.cache(false);
  // One thread a photograph. Two made a 12-megapixel JPEG no faster (38.0 and 37.9 ms: the decoder is
  // sequential); several photographs at once run side by side in libuv's pool.
  engine.concurrency(1);
  return engine;
}
