import {
  binomialAtLeast,
  calibrationErrorByChance,
  chanceOfLosing,
  differenceOfShares,
  wilson,
} from '../../../core/statistics.ts';
import { randomSource } from '../../../training/random.ts';

test('gives the interval of a share as Newcombe tabulates it', () => {
  // Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I, method 3.
  const { low, high } = wilson(81, 263);
  expect([low, high].map((end) => end.toFixed(4))).toEqual(['0.2553', '0.3662']);
  expect(wilson(0, 20).low).toBe(0);
  expect(wilson(0, 0)).toEqual({ low: 0, high: 1 });
});

test('gives the interval of a difference as Newcombe tabulates it', () => {
  // "Interval estimation for the difference between independent proportions", 1998, table II, method 10.
  const ends = (a: [number, number], b: [number, number]) => {
    const { low, high } = differenceOfShares({ successes: a[0], n: a[1] }, { successes: b[0], n: b[1] });
    return [low, high].map((end) => end.toFixed(4));
  };
  expect(ends([56, 70], [48, 80])).toEqual(['0.0524', '0.3339']);
  expect(ends([9, 10], [3, 10])).toEqual(['0.1705', '0.8090']);
  expect(ends([1, 1], [0, 0])).toEqual(['-1.0000', '1.0000']);
});

test('adds up the tail of the binomial distribution exactly', () => {
  expect(binomialAtLeast(5, 5)).toBeCloseTo(1 / 32, 12);
  // C(10, 8) + C(10, 9) + C(10, 10) of 1024.
  expect(binomialAtLeast(8, 10)).toBeCloseTo(56 / 1024, 12);
  expect(binomialAtLeast(0, 10)).toBeCloseTo(1, 12);
  expect(binomialAtLeast(2, 3, 0.1)).toBeCloseTo(3 * 0.01 * 0.9 + 0.001, 12);
});

test('stays exact where .5 ** n is 0 in floating point', () => {
  // Half of an odd number of tries by symmetry.
  expect(binomialAtLeast(5001, 10_001)).toBeCloseTo(0.5, 9);
  expect(binomialAtLeast(5200, 10_001)).toBeLessThan(1e-4);
});

test('says how likely a loss is between models that are as good as each other', () => {
  expect(chanceOfLosing({ lost: 0, gained: 0 })).toBe(1);
  expect(chanceOfLosing({ lost: 5, gained: 0 })).toBeCloseTo(1 / 32, 12);
  expect(chanceOfLosing({ lost: 0, gained: 5 })).toBeCloseTo(1, 12);
  expect(chanceOfLosing({ lost: 9, gained: 2 })).toBeCloseTo(67 / 2048, 12);
});

describe('the calibration error that chance gives', () => {
  /** Mean error of perfectly calibrated scores over many draws: each answer is right with the chance of its score. */
  function simulate(n: number, draw: (random: () => number) => number): { error: number; accuracy: number } {
    const random = randomSource('calibration');
    const [repeats, bins] = [300, 15];
    let [error, right] = [0, 0];
    for (let repeat = 0; repeat < repeats; repeat++) {
      const gaps = new Float64Array(bins);
      for (let i = 0; i < n; i++) {
        const score = draw(random);
        const isRight = random() < score;
        right += isRight ? 1 : 0;
        gaps[Math.min(bins - 1, Math.floor(score * bins))]! += score - (isRight ? 1 : 0);
      }
      error += gaps.reduce((sum, gap) => sum + Math.abs(gap), 0) / n / repeats;
    }
    return { error, accuracy: right / (n * repeats) };
  }

  it.each([
    ['a sure model', 400, (random: () => number) => random() ** 0.1],
    ['a sure model on few pictures', 40, (random: () => number) => random() ** 0.1],
    ['scores all over', 400, (random: () => number) => random()],
    ['one score for all', 400, () => 0.9],
  ])('is no larger in a simulation: %s', (_, n, draw) => {
    const { error, accuracy } = simulate(n, draw);
    const bound = calibrationErrorByChance({ right: accuracy * n, n });
    expect(error).toBeLessThan(bound);
    // And the bound isn't beyond all measure: one bin out of fifteen costs a factor of sqrt(15).
    expect(error).toBeGreaterThan(bound / 5);
  });

  it('shrinks with the root of the pictures, and is everything where there are none', () => {
    const few = calibrationErrorByChance({ right: 900, n: 1000 });
    const many = calibrationErrorByChance({ right: 90_000, n: 100_000 });
    expect(few / many).toBeCloseTo(10, 0);
    expect(calibrationErrorByChance({ right: 0, n: 0 })).toBe(1);
    // All of a few being right proves no perfect model.
    expect(calibrationErrorByChance({ right: 6, n: 6 })).toBeGreaterThan(0.3);
  });
});
