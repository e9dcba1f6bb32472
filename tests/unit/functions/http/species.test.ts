import type { Answer } from '../../../../core/inference/servable-model.ts';
import { countBreeds, keepSpecies } from '../../../../functions/http/species.ts';
import { TINY_LABELS } from '../../../helpers/evaluations.ts';
import { aTrainedManifest } from '../../../helpers/manifests.ts';

/** Two cats, then two dogs. */
const manifest = {
  ...aTrainedManifest({ labels: TINY_LABELS }),
  unknown: { ...aTrainedManifest().unknown, ambiguousBelow: 0.5 },
};

function keep(scores: number[], species: 'cat' | 'dog', reason: Answer['reason'] = null) {
  const kept = keepSpecies({ scores: Float64Array.from(scores), reason }, manifest, species);
  return { ...kept, scores: [...kept.scores] };
}

describe('keepSpecies', () => {
  test('gives the scores of the species, divided by the share that it had', () => {
    const { scores, share } = keep([0.6, 0.2, 0.15, 0.05], 'cat');
    expect(share).toBeCloseTo(0.8, 12);
    [0.75, 0.25, 0, 0].forEach((expected, i) => {
      expect(scores[i]).toBeCloseTo(expected, 12);
    });
  });

  test('is unknown where the picture more likely shows another species', () => {
    expect(keep([0.4, 0.05, 0.5, 0.05], 'cat').reason).toBe('unknown');
    expect(keep([0.5, 0.05, 0.4, 0.05], 'cat').reason).toBeNull();
  });

  test('judges anew whether a breed stands out', () => {
    // .4 of all is ambiguous, .67 of the cats is not.
    expect(keep([0.4, 0.2, 0.35, 0.05], 'cat', 'ambiguous').reason).toBeNull();
    expect(keep([0.31, 0.29, 0.3, 0.1], 'cat', null).reason).toBeNull();
    const strict = { ...manifest, unknown: { ...manifest.unknown, ambiguousBelow: 0.6 } };
    const scores = Float64Array.from([0.31, 0.29, 0.3, 0.1]);
    expect(keepSpecies({ scores, reason: null }, strict, 'cat').reason).toBe('ambiguous');
  });

  test('leaves a picture that is like nothing trained unknown', () => {
    expect(keep([0.9, 0.1, 0, 0], 'cat', 'unknown').reason).toBe('unknown');
  });

  test('says that it knows nothing where the species has no share at all', () => {
    expect(keep([0, 0, 1, 0], 'cat')).toEqual({ scores: [0.5, 0.5, 0, 0], share: 0, reason: 'unknown' });
  });
});

test('a model without the species refuses it with 400', () => {
  expect(countBreeds(manifest, 'cat')).toBe(2);
  expect(countBreeds(manifest, undefined)).toBe(4);
  const dogs = aTrainedManifest({ labels: TINY_LABELS.filter(({ species }) => species === 'dog') });
  expect(() => countBreeds(dogs, 'cat')).toThrow(/knows no breed of cat/);
});
