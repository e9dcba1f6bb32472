/** What is written into a CSV and a table. */
import { formatCsv } from '../../../scripts/classify/csv.ts';
import type { Row } from '../../../scripts/classify/row.ts';
import { formatTextTable } from '../../../scripts/classify/text-table.ts';
import { anAnswer } from './answers.ts';

const rowOf = (name: string, answer = anAnswer()): Row => ({ name, result: { answer, version: 'v1' } });
const linesOf = (...rows: Row[]) => formatCsv(rows).split('\r\n').slice(1, -1);

test('a row has breeds, scores, whether it is sure, and the model', () => {
  expect(linesOf(rowOf('a.jpg'), rowOf('b.jpg', anAnswer({ reason: 'unknown' })))).toEqual([
    'a.jpg,Egyptian Mau,cat,0.9123,Bengal,0.0500,Abyssinian,0.0100,yes,,v1',
    'b.jpg,Egyptian Mau,cat,0.9123,Bengal,0.0500,Abyssinian,0.0100,no,unsure: probably none of the breeds,v1',
  ]);
});

test('a failure has as many cells as every other row', () => {
  expect(linesOf({ name: 'a.jpg', result: { fault: 'Cut off, "badly".' } })).toEqual([
    'a.jpg,,,,,,,,,"Cut off, ""badly"".",',
  ]);
});

test.each([
  ['=1+1.jpg', "'=1+1.jpg"],
  ['+1.jpg', "'+1.jpg"],
  ['-1.jpg', "'-1.jpg"],
  ['@SUM(A1).jpg', "'@SUM(A1).jpg"],
  ['\t=1.jpg', "'\t=1.jpg"],
  [' =1.jpg', "' =1.jpg"],
  ['\r=1.jpg', `"'\r=1.jpg"`],
  ['a,b.jpg', '"a,b.jpg"'],
  ['a"b.jpg', '"a""b.jpg"'],
  ['a\nb.jpg', '"a\nb.jpg"'],
  ['a=b-c+d@e.jpg', 'a=b-c+d@e.jpg'],
])('a file called %j is the cell %j', (name, cell) => {
  const text = formatCsv([{ name, result: { fault: 'x' } }]);
  const [, row] = text.split(/^photograph.*\r\n/);
  expect(row).toBe(`${cell},,,,,,,,,x,\r\n`);
});

test('only what is not ASCII begins with a byte order mark, for Excel', () => {
  expect(formatCsv([rowOf('a.jpg')]).startsWith('photograph')).toBe(true);
  expect(formatCsv([rowOf('Käthe.jpg')]).startsWith('\ufeffphotograph')).toBe(true);
});

test('nothing in a name reaches the terminal as a command', () => {
  const [, line] = formatTextTable([rowOf('\u001b[2Ja\nb.jpg')]);
  expect(line).toContain('\ufffd[2Ja\ufffdb.jpg');
});
