/**
 * @module training/features/rows
 * Features or logits of many pictures.
 */

/** Rows of equal length, one after the other. */
export interface Rows {
  n: number;
  /** Numbers in a row. */
  length: number;
  values: Float32Array;
}

/** A copy of the rows that `isKept` says yes to, in their order. */
export function keepRows({ n, length, values }: Rows, isKept: (row: number) => boolean): Rows {
  const rows = Array.from({ length: n }, (_, row) => row).filter(isKept);
  const kept = new Float32Array(rows.length * length);
  for (const [to, from] of rows.entries())
    kept.set(values.subarray(from * length, (from + 1) * length), to * length);
  return { n: rows.length, length, values: kept };
}
