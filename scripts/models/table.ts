/**
 * @module scripts/models/table
 * Columns of text for people.
 */

/** Lines of `rows`, each column as wide as its widest cell; those in `right` are set to the right. */
export function formatTable(
  rows: readonly (readonly string[])[],
  { right = [] }: { right?: readonly number[] } = {},
): string[] {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, i) => Math.max(widest[i] ?? 0, cell.length)),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, i) => (right.includes(i) ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd(),
  );
}

/** A share as people read it; a dash where there is none. */
export function percentOf(share: number | null): string {
  return share === null ? '-' : `${(100 * share).toFixed(1)} %`;
}
