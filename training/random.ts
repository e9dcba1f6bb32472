/**
 * @module training/random
 * Chance that a seed decides, the same on every machine.
 */
import { createHash } from 'node:crypto';
import { compareBytes } from '../core/hash.ts';

/** A source of numbers from 0 to below 1 that depends on `key` only (the SHA-256 of `key:0`, `key:1`, …). */
export function randomSource(key: string): () => number {
  let count = 0;
  // 48 bits: as many as fit a double without rounding, with room to spare.
  return () => createHash('sha256').update(`${key}:${count++}`).digest().readUIntBE(0, 6) / 2 ** 48;
}

/** Numbers from 0 to below 1 by mulberry32 (Tommy Ettinger): a million take 10 ms, by SHA-256 over a second. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * `items` in an order that depends only on `key` and each item's own `id`: neither on the order they came in
 * nor, for their order among each other, on what else is there.
 */
export function shuffleBy<T>(items: readonly T[], key: string, id: (item: T) => string): T[] {
  const rank = (item: T) =>
    createHash('sha256')
      .update(`${key}:${id(item)}`)
      .digest('hex');
  return items
    .map((item) => ({ item, rank: rank(item) }))
    .sort((a, b) => compareBytes(a.rank, b.rank) || compareBytes(id(a.item), id(b.item)))
    .map(({ item }) => item);
}
