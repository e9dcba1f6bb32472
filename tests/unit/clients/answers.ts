/**
 * @module tests/unit/clients/answers
 * Answers of the service, made up.
 */
import type { PictureAnswer } from '../../../clients/typescript/index.ts';

/** An answer for one photograph; with a reason it is not confident. */
export function anAnswer({
  reason = null,
  name = 'Egyptian Mau',
}: {
  reason?: PictureAnswer['reason'];
  name?: string;
} = {}): PictureAnswer {
  const scores = [0.91234, 0.05, 0.01] as const;
  return {
    predictions: [name, 'Bengal', 'Abyssinian'].map((each, index) => ({
      breed: each.replaceAll(' ', '_'),
      name: each,
      species: 'cat',
      score: scores[index]!,
    })),
    confident: reason === null,
    reason,
    image: { width: 640, height: 480, format: 'jpeg' },
    timing: { decodeMs: 1, inferenceMs: 1, totalMs: 2 },
  };
}
