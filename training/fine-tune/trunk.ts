/**
 * @module training/fine-tune/trunk
 * Maps of pictures by the frozen trunk, through ONNX Runtime, a batch ahead of the one that is trained on.
 */
import { mapConcurrently } from '../../core/concurrency.ts';
import type { BatchSession } from '../features/session-pool.ts';

export interface Batch<T> {
  items: readonly T[];
  /** N·H·W·C, channels last. */
  maps: Float32Array;
}

export interface BatchOptions<T> {
  session: BatchSession;
  batchSize: number;
  /** Pixels of an item, as the session takes them. */
  read: (item: T) => Promise<Uint8Array>;
}

/** Photographs that are decoded at once. */
const DECODED = 8;

/** The items in order, `batchSize` at a time; the last batch may be smaller. */
export async function* mapBatches<T>(
  items: readonly T[],
  { session, batchSize, read }: BatchOptions<T>,
): AsyncGenerator<Batch<T>> {
  const load = (start: number) => {
    const batch = loadBatch(items.slice(start, start + batchSize), { session, read });
    // It is awaited in its turn; a fault before that mustn't count as unhandled.
    batch.catch(() => {});
    return batch;
  };
  let next: Promise<Batch<T>> | null = load(0);
  for (let start = batchSize; next; start += batchSize) {
    const batch: Batch<T> = await next;
    next = start < items.length ? load(start) : null;
    yield batch;
  }
}

async function loadBatch<T>(
  items: readonly T[],
  { session, read }: Pick<BatchOptions<T>, 'session' | 'read'>,
): Promise<Batch<T>> {
  const size = session.outputSizes.features!;
  const maps = new Float32Array(items.length * size);
  const concurrency = Math.max(DECODED, session.concurrency ?? 1);
  await mapConcurrently(items, concurrency, async (item, index) => {
    const { features } = await session.run(await read(item));
    maps.set(features, index * size);
  });
  return { items, maps };
}
