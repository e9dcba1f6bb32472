/**
 * @module training/base/fetch-base
 * A TensorFlow.js layers model by https: `model.json` and the weight files that it names, into the cache.
 */
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, InvalidModelError } from '../../core/errors.ts';
import { sha256 } from '../../core/hash.ts';
import { filePathSchema } from '../../core/manifest.ts';
import { download, publicUrl } from '../data/download.ts';
import { shardPaths } from '../network/model-files.ts';

/** Largest model that is fetched: ResNet-152 has 240 MB in float32. */
const MOST_BYTES = 500_000_000;

export interface FetchOptions {
  /** Pawprint's folder in the user's cache. A model that is there is not fetched again. */
  cache: string;
  /** For tests. */
  allowLoopbackHttp?: boolean;
  mostBytes?: number;
  onProgress?: (bytes: number) => void;
}

/** Whether `--base` is an address. */
export const isAddress = (name: string) => /^https?:\/\//i.test(name);

/**
 * The folder that holds the model at `address`, the URL of its `model.json`; a query goes on to the weight files, as
 * TensorFlow.js does it. `base.json` beside it is taken where there is one.
 *
 * Throws {@link DataError} for what can't be downloaded, {@link InvalidModelError} for what is no layers model, names
 * files outside of its folder or is too large.
 */
export async function fetchBase(address: string, options: FetchOptions): Promise<string> {
  const { cache, mostBytes = MOST_BYTES, onProgress, ...rest } = options;
  const url = new URL(address);
  // By its last folder the base is known: `…/mobilenet_v1/model.json`.
  const name =
    url.pathname
      .split('/')
      .at(-2)!
      .replace(/[^\w.-]+/g, '_') || 'base';
  const folder = join(cache, 'bases', sha256(address).slice(0, 16), name);
  if (await exists(join(folder, 'model.json'))) return folder;
  const partial = `${folder}.part`;
  await mkdir(partial, { recursive: true });
  let before = 0;
  const fetchFile = async (from: URL, path: string): Promise<string> => {
    let own = 0;
    const { path: fetched } = await download(from.href, {
      ...rest,
      folder: join(partial, 'downloads'),
      onProgress(done, total) {
        own = done;
        onProgress?.(before + done);
        if (before + Math.max(done, total) > mostBytes)
          throw new InvalidModelError(
            `${publicUrl(address)} has more than ${Math.round(mostBytes / 1e6)} MB with its weights.`,
          );
      },
    });
    before += own;
    await mkdir(join(partial, path, '..'), { recursive: true });
    await rename(fetched, join(partial, path));
    return join(partial, path);
  };

  const modelJson = await readModelJson(await fetchFile(url, 'downloads/model.json'), address);
  for (const path of new Set(shardPaths(modelJson))) {
    const isInside = filePathSchema.safeParse(path).success;
    if (!isInside)
      throw new InvalidModelError(
        `${publicUrl(address)} names the weight file ${JSON.stringify(path)}, which is no plain relative path.`,
      );
    await fetchFile(beside(url, path), path);
  }
  await fetchFile(beside(url, 'base.json'), 'base.json').catch((error: unknown) => {
    if (!(error instanceof DataError)) throw error;
  });
  // Last, and then the folder: what is there under its own name is whole.
  await rename(join(partial, 'downloads', 'model.json'), join(partial, 'model.json'));
  await rm(join(partial, 'downloads'), { recursive: true });
  await rename(partial, folder);
  return folder;
}

async function readModelJson(path: string, address: string): Promise<unknown> {
  const fail = (fault: string) =>
    new InvalidModelError(
      `${publicUrl(address)} ${fault}. --base takes the address of the model.json of a TensorFlow.js layers model.`,
    );
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, 'utf8'));
  } catch {
    throw fail('is no JSON');
  }
  const { format, modelTopology, weightsManifest } = (json ?? {}) as Record<string, unknown>;
  if (format === 'graph-model') throw fail('is a graph model, whose layers are gone');
  if (!modelTopology || !Array.isArray(weightsManifest))
    throw fail('has no modelTopology and weightsManifest');
  return json;
}

/** A file beside `url`, with the same query. */
function beside(url: URL, path: string): URL {
  const other = new URL(path, url);
  other.search = url.search;
  return other;
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
