import { InvalidModelError } from '../../../core/errors.ts';
import { countWithin, type Evaluation, formatEvaluation, parseEvaluation } from '../../../core/evaluation.ts';
import type { Label } from '../../../core/manifest.ts';
import { formatEvaluation as formatScored } from '../../../training/evaluate/evaluation.ts';
import { anEvaluation } from '../../helpers/evaluations.ts';

const LABELS: Label[] = [
  { name: 'Bengal', species: 'cat' },
  { name: 'beagle', species: 'dog' },
  { name: 'pug', species: 'dog' },
];
const parse = (evaluation: unknown) => parseEvaluation(JSON.stringify(evaluation), { labels: LABELS });
const one = (): Evaluation['pictures'][number] => anEvaluation({ labels: LABELS, n: 1 }).pictures[0]!;

test('reads back what was written', () => {
  const evaluation = anEvaluation({ labels: LABELS, n: 20 });
  expect(parseEvaluation(Buffer.from(formatEvaluation(evaluation)), { labels: LABELS })).toEqual(evaluation);
  expect(countWithin(evaluation.pictures, { k: 1, precision: 'int8' })).toBe(18);
  expect(countWithin(evaluation.pictures, { k: 2, precision: 'int8' })).toBe(20);
});

test('reads what training writes of its answers', () => {
  const picture = { path: 'a.jpg', sha256: 'a'.repeat(64), label: 1, bytes: 1 };
  const scored = { classes: 3, logits: Float32Array.of(0, 1, 2), labels: Int32Array.of(1) };
  const text = formatScored([picture] as unknown as Parameters<typeof formatScored>[0], {
    classes: LABELS.map(({ name }) => name),
    scored: { float32: scored, int8: scored },
  });
  const { pictures } = parseEvaluation(text, { labels: LABELS });
  expect(pictures).toEqual([
    {
      sha256: picture.sha256,
      label: 'beagle',
      rank: { float32: 2, int8: 2 },
      predicted: { float32: 'pug', int8: 'pug' },
    },
  ]);
});

test('no pictures are an evaluation too: the gates say that they have nothing to judge by', () => {
  expect(parse({ pictures: [] }).pictures).toEqual([]);
});

test.each([
  ['a list', [], /breaks the schema at its top/],
  ['a hash that is none', { pictures: [{ ...one(), sha256: 'x' }] }, /pictures\.0\.sha256/],
  [
    'a precision missing',
    { pictures: [one(), { ...one(), rank: { float32: 1 } }] },
    /pictures\.1\.rank\.int8/,
  ],
  ['rank 0', { pictures: [{ ...one(), rank: { float32: 0, int8: 1 } }] }, /rank\.float32/],
  ['a key that is unknown', { pictures: [{ ...one(), score: 1 }] }, /pictures\.0/],
  [
    'a label of another model',
    { pictures: [{ ...one(), label: 'Siamese' }] },
    /"Siamese" is none of the labels/,
  ],
  [
    'a prediction of another model',
    { pictures: [{ ...one(), predicted: { float32: 'Bengal', int8: 'Siamese' } }] },
    /pictures\.0: "Siamese"/,
  ],
  [
    'a rank beyond the labels',
    {
      pictures: [{ ...one(), rank: { float32: 4, int8: 1 }, predicted: { float32: 'pug', int8: 'Bengal' } }],
    },
    /rank 4 of 3 labels/,
  ],
  [
    'a rank that its prediction contradicts',
    { pictures: [{ ...one(), rank: { float32: 1, int8: 2 } }] },
    /rank 2 where Bengal was said of Bengal \(int8\)/,
  ],
])('%s is refused with its place', (_, evaluation, message) => {
  expect(() => parse(evaluation)).toThrow(InvalidModelError);
  expect(() => parse(evaluation)).toThrow(message);
});

test('what is no JSON is refused with the name of the file', () => {
  expect(() => parseEvaluation('{', { labels: LABELS })).toThrow('evaluation.json is not valid JSON.');
});

test('more than is read at once is refused by its size', () => {
  const large = Buffer.alloc(32 * 1024 * 1024 + 1, ' ');
  expect(() => parseEvaluation(large, { labels: LABELS })).toThrow('evaluation.json has 33554433 bytes');
});
