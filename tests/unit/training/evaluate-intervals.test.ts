import { bootstrapMean, meanOfShares, wilson } from '../../../training/evaluate/intervals.ts';

describe('wilson', () => {
  // Values of the closed form, worked out apart from this code.
  it.each([
    [8, 10, 0.4902, 0.9433],
    [0, 10, 0, 0.2775],
    [10, 10, 0.7225, 1],
    [1, 2, 0.0945, 0.9055],
    [410, 454, 0.8724, 0.9271],
  ])('of %d in %d is %f to %f', (successes, n, low, high) => {
    const interval = wilson(successes, n);
    expect(interval.low).toBeCloseTo(low, 3);
    expect(interval.high).toBeCloseTo(high, 3);
  });

  it('knows nothing of no pictures', () => {
    expect(wilson(0, 0)).toEqual({ low: 0, high: 1 });
  });
});

describe('meanOfShares', () => {
  it('is the Wilson interval for a single class', () => {
    const [one, own] = [meanOfShares([{ successes: 8, n: 10 }]), wilson(8, 10)];
    expect(one.low).toBeCloseTo(own.low, 10);
    expect(one.high).toBeCloseTo(own.high, 10);
  });

  it('halves the distances of four equal classes', () => {
    const { low, high } = wilson(8, 10);
    const interval = meanOfShares(Array.from({ length: 4 }, () => ({ successes: 8, n: 10 })));
    expect(0.8 - interval.low).toBeCloseTo((0.8 - low) / 2, 10);
    expect(interval.high - 0.8).toBeCloseTo((high - 0.8) / 2, 10);
  });

  it('stays in doubt where all of a few pictures are right', () => {
    expect(meanOfShares([{ successes: 2, n: 2 }]).low).toBeLessThan(0.5);
  });

  it('leaves out classes without pictures', () => {
    expect(
      meanOfShares([
        { successes: 8, n: 10 },
        { successes: 0, n: 0 },
      ]),
    ).toEqual(meanOfShares([{ successes: 8, n: 10 }]));
  });
});

describe('bootstrapMean', () => {
  it('agrees with the normal approximation where that is good', () => {
    const values = Array.from({ length: 1000 }, (_, i) => (i < 700 ? 1 : 0));
    const { low, high } = bootstrapMean(values);
    // 1.96 * sqrt(.7 * .3 / 1000) = .0284; 2,000 draws place an end within .002.
    expect(Math.abs(low - 0.6716)).toBeLessThan(0.004);
    expect(Math.abs(high - 0.7284)).toBeLessThan(0.004);
  });

  it('says the same each time, and no width of equal values', () => {
    expect(bootstrapMean([0, 1, 1])).toEqual(bootstrapMean([0, 1, 1]));
    expect(bootstrapMean([0.5, 0.5])).toEqual({ low: 0.5, high: 0.5 });
    expect(bootstrapMean([])).toEqual({ low: 0, high: 1 });
  });
});
