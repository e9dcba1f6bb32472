/**
 * @module scripts/classify/text-table
 * Rows as a table for a terminal.
 */
import { formatTable, percentOf } from '../models/table.ts';
import { type Row, remarkOn } from './row.ts';

/** Lines of the table, the header first. */
export function formatTextTable(rows: readonly Row[]): string[] {
  return formatTable([['photograph', 'breed', 'score', 'or', 'remark'], ...rows.map(cellsOf)], {
    right: [2],
  });
}

function cellsOf(row: Row): string[] {
  const { name, result } = row;
  const remark = plain(remarkOn(row));
  if ('fault' in result) return [plain(name), '-', '-', '-', remark];
  const [first, ...others] = result.answer.predictions;
  const or = others.map((other) => `${plain(other.name)} ${percentOf(other.score)}`).join(', ');
  return [plain(name), plain(first?.name ?? '-'), percentOf(first?.score ?? null), or, remark];
}

/** A file's name may hold what moves a terminal's cursor. */
function plain(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '\ufffd');
}
