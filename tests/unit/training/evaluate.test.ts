import type { Label } from '../../../core/manifest.ts';
import {
  answersOf,
  expectedCalibrationError,
  fitAmbiguousBelow,
  fitTemperature,
} from '../../../training/evaluate/calibration.ts';
import { classMeans, fitUnknownThreshold } from '../../../training/evaluate/class-means.ts';
import { measure } from '../../../training/evaluate/metrics.ts';
import { bestOf, rankOf, type Scored } from '../../../training/evaluate/ranks.ts';
import { randomSource } from '../../../training/random.ts';

const scoredOf = (rows: number[][], labels: number[]): Scored => ({
  classes: rows[0]!.length,
  logits: Float32Array.from(rows.flat()),
  labels: Int32Array.from(labels),
});

describe('ranks', () => {
  // Field case 91.
  it('counts a truth in fourth place as a miss of the top three', () => {
    const scores = [0.4, 0.3, 0.15, 0.1, 0.05];
    expect(rankOf(scores, 3)).toBe(4);
    expect(rankOf(scores, 4)).toBe(5);
  });

  it('puts the lower index first among equals, so that equal scores for all are right for one class only', () => {
    const scores = [0.25, 0.25, 0.25, 0.25];
    expect([0, 1, 2, 3].map((label) => rankOf(scores, label))).toEqual([1, 2, 3, 4]);
    expect(bestOf(scores)).toBe(0);
  });
});

describe('measure', () => {
  const labels: Label[] = [
    { name: 'Abyssinian', species: 'cat' },
    { name: 'Bengal', species: 'cat' },
    { name: 'beagle', species: 'dog' },
    { name: 'pug', species: 'dog' },
  ];
  const scored = scoredOf(
    [
      [5, 1, 0, 0],
      [5, 1, 0, 0],
      [5, 1, 0, 0],
      [0, 4, 3, 2],
      [4, 3, 2, 1],
    ],
    [0, 0, 1, 2, 3],
  );

  it('gives top-1, top-3 and the mean over classes', () => {
    const { n, top1, top3, meanPerClassRecall, byClass, bySpecies } = measure(scored, {
      labels,
      temperature: 1,
    });
    expect({ n, top1, top3, meanPerClassRecall }).toEqual({
      n: 5,
      top1: 0.4,
      top3: 0.8,
      meanPerClassRecall: 0.25,
    });
    expect(byClass[3]).toEqual({ label: 'pug', n: 1, top1: 0, top3: 0 });
    expect(bySpecies).toEqual([
      { species: 'cat', n: 3, accuracy: 2 / 3 },
      { species: 'dog', n: 2, accuracy: 0 },
    ]);
  });

  it('lists confusions, the most frequent first', () => {
    const { confusionPairs } = measure(
      scoredOf(
        [
          [1, 0, 0, 0],
          [1, 0, 0, 0],
          [0, 1, 0, 0],
        ],
        [1, 1, 0],
      ),
      { labels, temperature: 1 },
    );
    expect(confusionPairs).toEqual([
      { truth: 'Bengal', predicted: 'Abyssinian', count: 2 },
      { truth: 'Abyssinian', predicted: 'Bengal', count: 1 },
    ]);
  });

  // Field case 32.
  it('has no NaN where a class has no pictures', () => {
    const text = JSON.stringify(measure(scoredOf([[1, 0, 0, 0]], [0]), { labels, temperature: 1 }));
    expect(text).not.toContain('null');
  });
});

describe('calibration', () => {
  /** Labels drawn from the softmax of `logits` / `temperature`: the best temperature is that one. */
  function drawScored(temperature: number, n: number): Scored {
    const random = randomSource('draw');
    const rows: number[][] = [];
    const labels: number[] = [];
    for (let i = 0; i < n; i++) {
      const logits = [0, 1, 2].map(() => 4 * random());
      const exponentials = logits.map((logit) => Math.exp(logit / temperature));
      let left = random() * exponentials.reduce((a, b) => a + b, 0);
      const label = exponentials.findIndex((value) => {
        left -= value;
        return left < 0;
      });
      rows.push(logits);
      labels.push(Math.max(0, label));
    }
    return scoredOf(rows, labels);
  }

  it.each([0.5, 1, 2])('finds the temperature %d by which labels were drawn', (temperature) => {
    expect(fitTemperature(drawScored(temperature, 8000)) / temperature).toBeCloseTo(1, 1);
  });

  it('measures a calibration error that is known', () => {
    // Two bins: .9 and all right, .6 and none right. Error (10 * .1 + 30 * .6) / 40.
    const answers = [
      ...Array.from({ length: 10 }, () => ({ score: 0.9, right: true })),
      ...Array.from({ length: 30 }, () => ({ score: 0.6, right: false })),
    ];
    expect(expectedCalibrationError(answers)).toBeCloseTo(0.475, 10);
    expect(expectedCalibrationError([{ score: 1, right: true }])).toBe(0);
  });

  it('is better calibrated at the fitted temperature', () => {
    const scored = drawScored(2, 8000);
    const before = expectedCalibrationError(answersOf(scored, 1));
    const after = expectedCalibrationError(answersOf(scored, fitTemperature(scored)));
    expect(before).toBeGreaterThan(0.1);
    expect(after).toBeLessThan(0.03);
  });

  it('calls ambiguous what is wrong more often than not', () => {
    const random = randomSource('answers');
    const answers = Array.from({ length: 5000 }, () => {
      const score = 0.05 + 0.9 * random();
      const logOdds = Math.log(score / (1 - score));
      return { score, right: random() < 1 / (1 + Math.exp(-(1.5 * logOdds - 0.5))) };
    });
    // 1.5 z - .5 is 0 at a score of 1 / (1 + exp(-1 / 3)).
    expect(fitAmbiguousBelow(answers)).toBeCloseTo(0.583, 1);
  });

  it('stays between 0 and 1 where all answers are right, wrong, or there are none', () => {
    const all = (right: boolean) => Array.from({ length: 100 }, (_, i) => ({ score: 0.3 + i / 200, right }));
    expect(fitAmbiguousBelow(all(true))).toBeLessThan(0.3);
    expect(fitAmbiguousBelow(all(true))).toBeGreaterThanOrEqual(0);
    expect(fitAmbiguousBelow(all(false))).toBeGreaterThan(0.7);
    expect(fitAmbiguousBelow(all(false))).toBeLessThanOrEqual(1);
    expect(fitAmbiguousBelow([])).toBe(0.5);
  });
});

describe('class means', () => {
  const rows = { n: 4, length: 2, values: Float32Array.from([3, 0, 1, 0, 0, 2, 0, 4]) };
  const labels = Int32Array.from([0, 0, 1, 1]);

  it('have unit length, and are zero for a class without rows', () => {
    expect([...classMeans(rows, { labels, classes: 3 })]).toEqual([1, 0, 0, 1, 0, 0]);
  });

  it('are made without the fold whose pictures they are compared with', () => {
    // Fold 1 is all of class 1: without it there is only class 0, at a right angle.
    const folds = Int32Array.from([0, 2, 1, 1]);
    expect(fitUnknownThreshold(rows, { labels, classes: 2, folds })).toBe(0);
    expect(fitUnknownThreshold(rows, { labels, classes: 2, folds: Int32Array.from([0, 1, 0, 1]) })).toBe(1);
  });
});
