/**
 * @module scripts/classify/csv
 * Rows as a CSV (RFC 4180) that spreadsheets open and that does nothing in them.
 */
import { type Row, remarkOn } from './row.ts';

const HEADER = [
  'photograph',
  'breed',
  'species',
  'score',
  'second breed',
  'second score',
  'third breed',
  'third score',
  'confident',
  'remark',
  'model',
];
/** Scores are shares of 1, to four digits: more would be noise. */
const SCORE_DIGITS = 4;

/** By which Excel knows UTF-8. Only there where it is needed: some programs take it for a part of the first name. */
const BYTE_ORDER_MARK = '\ufeff';

/** The whole file: a header and a line for each row. A photograph without an answer has its reason as the remark. */
export function formatCsv(rows: readonly Row[]): string {
  const lines = [HEADER, ...rows.map(cellsOf)].map((cells) => cells.map(quote).join(','));
  const text = lines.map((line) => `${line}\r\n`).join('');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is the whole of ASCII.
  return /^[\x00-\x7f]*$/.test(text) ? text : BYTE_ORDER_MARK + text;
}

function cellsOf(row: Row): string[] {
  const { name, result } = row;
  const remark = remarkOn(row);
  if ('fault' in result) return [name, ...Array<string>(HEADER.length - 3).fill(''), remark, ''];
  const { predictions, confident } = result.answer;
  const [first, second, third] = predictions;
  const others = [second, third].flatMap((other) => [other?.name ?? '', scoreOf(other)]);
  return [
    name,
    ...[first?.name ?? '', first?.species ?? '', scoreOf(first)],
    ...others,
    ...[confident ? 'yes' : 'no', remark, result.version],
  ];
}

function scoreOf(prediction: { score: number } | undefined): string {
  return prediction === undefined ? '' : prediction.score.toFixed(SCORE_DIGITS);
}

/**
 * A cell. What a spreadsheet would take for a formula (OWASP, CSV injection) becomes text by an apostrophe before it: a
 * file may be called `=HYPERLINK(…).jpg`.
 */
function quote(cell: string): string {
  const text = /^[\s]*[=+\-@\t\r\n＝＋－＠]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}
