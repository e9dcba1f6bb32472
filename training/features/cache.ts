/**
 * @module training/features/cache
 * Features on disk, so that a second training on the same photographs takes seconds.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../../core/hash.ts';

/** Counts up when what a view's name stands for changes. */
const RECIPE = 1;

export interface FeatureCache {
  /** The features of a view of a picture, or null where they aren't kept. */
  get(picture: string, view: string): Promise<Float32Array | null>;
  put(picture: string, view: string, features: Float32Array): Promise<void>;
}

export const NO_CACHE: FeatureCache = { get: async () => null, put: async () => {} };

/** Pawprint's folder in the user's cache folder. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'pawprint');
}

/**
 * The features that the network `onnx` gives. Its bytes hold the base's weights, their rounding, the size and
 * the scaling of the input: their hash and the recipe's number are the key, beside the picture's hash and the
 * view. A file is written beside its place and renamed, so that it is whole or not there.
 */
export function openCache(folder: string, onnx: Uint8Array, { length }: { length: number }): FeatureCache {
  const root = join(folder, 'features', sha256(`${RECIPE}:${sha256(onnx)}`).slice(0, 32));
  const pathOf = (picture: string, view: string) => join(root, picture.slice(0, 2), `${picture}.${view}.f32`);
  const folders = new Map<string, Promise<unknown>>();
  return {
    async get(picture, view) {
      const bytes = await readFile(pathOf(picture, view)).catch(() => null);
      // A power cut can leave a renamed file without its content.
      if (bytes?.byteLength !== length * 4) return null;
      return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
    },
    async put(picture, view, features) {
      const path = pathOf(picture, view);
      const shard = join(root, picture.slice(0, 2));
      if (!folders.has(shard)) folders.set(shard, mkdir(shard, { recursive: true }));
      await folders.get(shard);
      const temporary = `${path}.${process.pid}.tmp`;
      await writeFile(temporary, new Uint8Array(features.buffer, features.byteOffset, features.byteLength));
      await rename(temporary, path);
    },
  };
}
