import { doubt, largestCosine, softmax, topK } from '../../../../core/inference/scores.ts';

const sum = (values: Float64Array) => values.reduce((a, b) => a + b, 0);

test('softmax sums to 1, also for logits that would overflow', () => {
  for (const logits of [[1, 2, 3], [1000, 1001], [-1000, -1000], [0]]) {
    expect(sum(softmax(logits))).toBeCloseTo(1, 12);
  }
  expect([...softmax([Math.log(1), Math.log(3)])].map((p) => p.toFixed(6))).toEqual(['0.250000', '0.750000']);
});

test('a temperature above 1 makes scores more even, and changes no order', () => {
  const [cold, hot] = [softmax([1, 2, 3], 0.5), softmax([1, 2, 3], 2)];
  expect(cold[2]).toBeGreaterThan(hot[2]!);
  expect(topK(cold, 3)).toEqual(topK(hot, 3));
});

test('the best k come largest first; of equal ones the lower index first', () => {
  expect(topK([0.1, 0.4, 0.1, 0.4], 3)).toEqual([1, 3, 0]);
  expect(topK([0.2, 0.8], 5)).toEqual([1, 0]);
});

test('the largest cosine to unit rows', () => {
  const means = Float32Array.of(1, 0, 0, 1);
  expect(largestCosine(Float32Array.of(3, 4), means)).toBeCloseTo(0.8, 6);
  expect(largestCosine(Float32Array.of(-1, 0), means)).toBeCloseTo(0, 6);
  expect(largestCosine(Float32Array.of(0, 0), means)).toBe(-1);
});

test('a picture like nothing that was trained is unknown, whatever its score', () => {
  const limits = { unknownBelow: 0.5, ambiguousBelow: 0.4 };
  expect(doubt({ cosine: 0.4, largestScore: 0.9 }, limits)).toBe('unknown');
  expect(doubt({ cosine: 0.6, largestScore: 0.3 }, limits)).toBe('ambiguous');
  expect(doubt({ cosine: 0.6, largestScore: 0.9 }, limits)).toBeNull();
});
