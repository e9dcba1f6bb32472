/**
 * @module training/fine-tune/epoch
 * Which pictures an epoch sees, how often and in which order. Seed and epoch alone decide it, so that a run that
 * goes on from a checkpoint sees what it would have seen.
 */
import { mulberry32, randomSource, shuffleBy } from '../random.ts';

export interface Drawn {
  /** Index of the picture. */
  picture: number;
  /** How often it was drawn in this epoch before: each time it is cropped otherwise. */
  repeat: number;
}

/**
 * Draws `count` pictures, each in proportion to n^-exponent, n being the number of pictures of its class: 0 takes all
 * alike, 1 gives every class the same. Systematic sampling: a picture that is expected 1.3 times comes
 * once or twice, never not at all, so that an epoch differs less from the next than by independent draws.
 */
export function drawEpoch(
  labels: Int32Array,
  { exponent, count, key }: { exponent: number; count: number; key: string },
): Drawn[] {
  const sizes = new Map<number, number>();
  for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
  const weights = Float64Array.from(labels, (label) => sizes.get(label)! ** -exponent);
  const total = weights.reduce((a, b) => a + b, 0);
  const shuffled = shuffleBy([...labels.keys()], `${key}:order`, String);
  // Class by class, so that the number of pictures of each class is as near to what is expected.
  const order = shuffled.sort((a, b) => labels[a]! - labels[b]!);
  const drawn: Drawn[] = [];
  let next = randomSource(`${key}:start`)();
  let sum = 0;
  for (const picture of order) {
    sum += (count * weights[picture]!) / total;
    // Rounding of the sum must not lose the last one.
    for (let repeat = 0; next < sum && drawn.length < count; repeat++, next++)
      drawn.push({ picture, repeat });
  }
  while (drawn.length < count) drawn.push({ picture: order.at(-1)!, repeat: drawn.length });
  return shuffleBy(drawn, `${key}:batches`, ({ picture, repeat }) => `${picture}:${repeat}`);
}

/** Numbers from 0 to below 1 in great number, seeded by `key`. */
export function fastRandomSource(key: string): () => number {
  return mulberry32(Math.floor(randomSource(key)() * 2 ** 32));
}
