/**
 * @module training/features/extract
 * Answers of a network to many photographs: decoding goes on in libuv's threads while ONNX Runtime works.
 * Pictures are run one by one, as in serving: in batches of 8 they took a sixth longer.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ModelInput } from '../../core/manifest.ts';
import type { Picture } from '../data/data-set.ts';
import { type FeatureCache, NO_CACHE } from './cache.ts';
import type { Rows } from './rows.ts';
import type { BatchSession } from './session-pool.ts';
import { readViews, type ViewName } from './views.ts';

export interface ExtractOptions {
  root: string;
  views: readonly ViewName[];
  input: ModelInput;
  session: BatchSession;
  /** Which of the network's outputs; features if it isn't given. */
  output?: 'features' | 'logits';
  cache: FeatureCache;
  onProgress?: (done: number, total: number) => void;
}

/** Photographs read ahead: enough that inference never waits, few enough that pixels stay under 50 MB. */
const AHEAD = 16;

interface Row {
  index: number;
  picture: string;
  view: ViewName;
  pixels: Uint8Array;
}

/**
 * Features (or logits) of every view of every picture, picture by picture: row i·V + v is view v of picture i.
 * Rows that the cache has are not computed.
 */
export async function extractRows(pictures: readonly Picture[], options: ExtractOptions): Promise<Rows> {
  const { views, session, output = 'features', cache, onProgress } = options;
  const length = session.outputSizes[output]!;
  const total = pictures.length * views.length;
  const rows: Rows = { n: total, length, values: new Float32Array(total * length) };
  let done = 0;
  const runRow = async (row: Row) => {
    const values = (await session.run(row.pixels))[output];
    rows.values.set(values, row.index * length);
    onProgress?.(++done, total);
    await cache.put(row.picture, row.view, values);
  };
  const running = new Set<Promise<void>>();
  for await (const { kept, rows: missing } of loadAhead(pictures, options)) {
    for (const { index, features } of kept) {
      rows.values.set(features, index * length);
      onProgress?.(++done, total);
    }
    for (const row of missing) {
      const run = runRow(row).finally(() => running.delete(run));
      // It is awaited below; a fault before that mustn't count as unhandled.
      run.catch(() => {});
      running.add(run);
      if (running.size >= (session.concurrency ?? 1)) await Promise.race(running);
    }
  }
  await Promise.all(running);
  return rows;
}

interface Loaded {
  /** Rows whose features the cache had. */
  kept: { index: number; features: Float32Array }[];
  rows: Row[];
}

interface LoadOptions {
  root: string;
  views: readonly ViewName[];
  input: ModelInput;
  cache?: FeatureCache;
}

/** Loads the views of pictures in order, {@link AHEAD} pictures at a time. */
export async function* loadAhead(pictures: readonly Picture[], options: LoadOptions): AsyncGenerator<Loaded> {
  const queue: Promise<Loaded>[] = [];
  let next = 0;
  const fill = () => {
    while (queue.length < AHEAD && next < pictures.length) {
      const loading = load(pictures[next]!, next++, options);
      // It is awaited in its turn; a fault before that mustn't count as unhandled.
      loading.catch(() => {});
      queue.push(loading);
    }
  };
  fill();
  while (queue.length > 0) {
    const loaded = await queue.shift()!;
    fill();
    yield loaded;
  }
}

async function load(
  picture: Picture,
  index: number,
  { root, views, input, cache = NO_CACHE }: LoadOptions,
): Promise<Loaded> {
  const kept: Loaded['kept'] = [];
  const missing: { row: number; view: ViewName }[] = [];
  for (const [v, view] of views.entries()) {
    const row = index * views.length + v;
    const features = await cache.get(picture.sha256, view);
    if (features) kept.push({ index: row, features });
    else missing.push({ row, view });
  }
  if (missing.length === 0) return { kept, rows: [] };
  const bytes = await readFile(join(root, picture.path));
  const pixels = await readViews(bytes, {
    views: missing.map(({ view }) => view),
    input,
    sha256: picture.sha256,
  });
  const rows = missing.map(({ row, view }, i) => ({
    index: row,
    picture: picture.sha256,
    view,
    pixels: pixels[i]!,
  }));
  return { kept, rows };
}
