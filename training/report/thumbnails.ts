/**
 * @module training/report/thumbnails
 * Small pictures inside the page itself.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LANCZOS, openPhotograph } from '../../core/image/read.ts';
import type { ModelInput } from '../../core/manifest.ts';

/** Pixels of a side: as shown, so that a page with fifty of them stays under half a megabyte. */
export const THUMBNAIL_SIDE = 128;

/** Makes thumbnails of the photographs under `root`, or of none. */
export interface Thumbnails {
  /** A `data:` URI of a JPEG, cropped as the network sees the photograph; null where pictures are off or gone. */
  of(path: string): Promise<string | null>;
}

export function openThumbnails({
  root,
  show,
  background,
}: {
  root: string;
  show: boolean;
  background: ModelInput['resize']['background'];
}): Thumbnails {
  const made = new Map<string, Promise<string | null>>();
  const make = async (path: string) => {
    const { image } = await openPhotograph(await readFile(join(root, path)), { background });
    const side = { width: THUMBNAIL_SIDE, height: THUMBNAIL_SIDE };
    const jpeg = await image
      .resize({ ...side, fit: 'cover', ...LANCZOS })
      .jpeg({ quality: 72 })
      .toBuffer();
    return `data:image/jpeg;base64,${jpeg.toString('base64')}`;
  };
  return {
    async of(path) {
      if (!show) return null;
      // A photograph that was moved away since it was read must not cost the run its result.
      if (!made.has(path))
        made.set(
          path,
          make(path).catch(() => null),
        );
      return made.get(path)!;
    },
  };
}
