/**
 * @module training/fine-tune/pictures
 * The training side in two parts, for training and for validation, and their maps by the trunk.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readPhotograph } from '../../core/image/read.ts';
import type { ModelInput } from '../../core/manifest.ts';
import type { Picture } from '../data/data-set.ts';
import type { BatchSession } from '../features/session-pool.ts';
import { readRandomView } from './augment.ts';
import type { Drawn } from './epoch.ts';
import type { Recipe } from './recipe.ts';
import { mapBatches } from './trunk.ts';

export interface PictureOptions {
  root: string;
  input: ModelInput;
  /** Of the trunk. */
  session: BatchSession;
  recipe: Pick<Recipe, 'cropArea' | 'jitter' | 'batchSize'>;
  seed: number;
}

/** Maps of fresh views: seed, epoch, picture and how often it came before decide each. */
export function mapViews(pictures: readonly Picture[], options: PictureOptions) {
  const { root, input, session, recipe, seed } = options;
  const { cropArea, jitter } = recipe;
  return (drawn: readonly Drawn[], { epoch, batchSize }: { epoch: number; batchSize: number }) =>
    mapBatches(drawn, {
      session,
      batchSize,
      read: ({ picture, repeat }) => {
        const key = `fine-tune-${seed}-${epoch}-${repeat}`;
        return readRandomView(pictures[picture]!, { root, input, cropArea, jitter, key });
      },
    });
}

/** Maps of pictures as they are served, in order. */
export function mapOriginals(pictures: readonly Picture[], options: PictureOptions) {
  const { root, input, session, recipe } = options;
  return () =>
    mapBatches([...pictures.keys()], {
      session,
      batchSize: recipe.batchSize,
      read: async (index) => {
        const bytes = await readFile(join(root, pictures[index]!.path));
        return (await readPhotograph(bytes, { input })).pixels;
      },
    });
}
