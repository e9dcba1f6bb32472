import type { Label } from '../../../core/manifest.ts';
import type { Answer } from '../../../training/evaluate/calibration.ts';
import { coverageCurve, rejectionCurve, reliability } from '../../../training/evaluate/curves.ts';
import { describeAnswers } from '../../../training/evaluate/details.ts';

const answers = (...rows: [score: number, right: boolean][]): Answer[] =>
  rows.map(([score, right]) => ({ score, right }));

describe('reliability', () => {
  it('has the mean score and the share that is right of each bin that has answers', () => {
    const bins = reliability(answers([0.9, true], [0.7, false], [0.1, false], [1, true]), 2);
    expect(bins).toHaveLength(2);
    expect(bins[0]).toEqual({ from: 0, to: 0.5, n: 1, score: 0.1, accuracy: 0 });
    expect(bins[1]).toMatchObject({ n: 3, accuracy: 2 / 3 });
    expect(bins[1]!.score).toBeCloseTo(2.6 / 3, 10);
    expect(reliability(answers([0.9, true]), 15)).toHaveLength(1);
  });
});

describe('coverageCurve', () => {
  it('goes from the most certain answer to all of them', () => {
    expect(coverageCurve(answers([0.5, false], [0.9, true], [0.7, true], [0.6, false]))).toEqual([
      { coverage: 0.25, threshold: 0.9, accuracy: 1 },
      { coverage: 0.5, threshold: 0.7, accuracy: 1 },
      { coverage: 0.75, threshold: 0.6, accuracy: 2 / 3 },
      { coverage: 1, threshold: 0.5, accuracy: 0.5 },
    ]);
  });

  it('takes equal scores together, since no threshold parts them', () => {
    expect(coverageCurve(answers([0.9, true], [0.9, false]))).toEqual([
      { coverage: 1, threshold: 0.9, accuracy: 0.5 },
    ]);
  });

  it('keeps its ends when it is thinned', () => {
    const many = coverageCurve(Array.from({ length: 5000 }, (_, i) => ({ score: i / 5000, right: i > 500 })));
    expect(many.length).toBeLessThanOrEqual(120);
    expect(many[0]!.coverage).toBe(1 / 5000);
    expect(many.at(-1)).toMatchObject({ coverage: 1, threshold: 0 });
  });
});

describe('rejectionCurve', () => {
  it('has the share whose cosine reaches each threshold', () => {
    expect(rejectionCurve([0.8, 0.5, 0.5, 0.6])).toEqual([
      { threshold: 0.5, kept: 1 },
      { threshold: 0.6, kept: 0.5 },
      { threshold: 0.8, kept: 0.25 },
    ]);
  });
});

describe('describeAnswers', () => {
  const labels: Label[] = [
    { name: 'Russian_Blue', species: 'cat' },
    { name: 'British_Shorthair', species: 'cat' },
    { name: 'pug', species: 'dog' },
  ];
  const scored = {
    classes: 3,
    // Right; a mild confusion; a cat for a dog, of which the scores tell little; right.
    logits: Float32Array.from([4, 0, 0, 0, 4, 0, 0.2, 0, 0, 0, 0, 4]),
    labels: Int32Array.from([0, 0, 2, 2]),
  };
  const options = { labels, temperature: 1, unknownThreshold: 0.5, ambiguousBelow: 0.4 };
  const details = describeAnswers(scored, { ...options, cosines: Float32Array.from([0.9, 0.6, 0.8, 0.4]) });

  it('counts cat or dog by the breed that was said', () => {
    expect(details.species).toMatchObject({ n: 4, accuracy: 0.75 });
    const cats = { ...scored, labels: Int32Array.from([0, 0, 1, 1]) };
    const onlyCats = labels.map((label): Label => ({ ...label, species: 'cat' }));
    const cosines = new Float32Array(4);
    expect(describeAnswers(cats, { ...options, labels: onlyCats, cosines }).species).toBeNull();
  });

  it('weighs answers by what they cost', () => {
    expect(details.costs.counts).toEqual({ right: 2, sameGroup: 1, sameSpecies: 0, otherSpecies: 1 });
    expect(details.costs.score).toBeCloseTo((1 + 0.75 + 0 + 1) / 4, 10);
  });

  it('lists answers by truth and breed said', () => {
    expect(details.confusion).toEqual([
      { truth: 0, predicted: 0, count: 1 },
      { truth: 0, predicted: 1, count: 1 },
      { truth: 2, predicted: 0, count: 1 },
      { truth: 2, predicted: 2, count: 1 },
    ]);
    expect(details.byClass.map(({ n, right }) => [n, right])).toEqual([
      [2, 1],
      [0, 0],
      [2, 1],
    ]);
  });

  it('calls confident what is known and stands out', () => {
    // The third answer is ambiguous, the fourth is under the threshold.
    expect(details.confident).toEqual({ share: 0.5, top1: 0.5 });
    expect(details.unknown).toMatchObject({ threshold: 0.5, kept: 0.75 });
  });
});
