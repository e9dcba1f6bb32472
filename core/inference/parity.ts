/**
 * @module core/inference/parity
 * Whether a servable model answers the golden inputs as the trained one did.
 */
import { InvalidModelError } from '../errors.ts';
import type { Golden } from '../golden.ts';
import type { Manifest, Precision } from '../manifest.ts';
import { softmax } from './scores.ts';
import type { Session } from './session.ts';

/** Largest difference of a probability that float32 may show: TensorFlow.js and ONNX Runtime sum in different orders. */
export const FLOAT32_TOLERANCE = 1e-4;
/** Mean difference of a probability that int8 may show against training's int8: kernels round differently by processor. */
export const INT8_TOLERANCE = 0.02;

export interface Parity {
  largest: number;
  mean: number;
  passed: boolean;
  reason: string;
}

/** Throws {@link InvalidModelError} unless the graph's input and outputs have the sizes that the manifest tells. */
export function checkSizes(
  { height, width, outputSizes }: Session,
  { input, labels, classMeans }: Manifest,
): void {
  const found = `${height}x${width} pixels, ${outputSizes.logits} logits, ${outputSizes.features} features`;
  const expected = `${input.height}x${input.width} pixels, ${labels.length} logits, ${classMeans.features} features`;
  if (found === expected) return;
  throw new InvalidModelError(`The graph has ${found}; by the manifest it has ${expected}.`);
}

/** Probabilities (n·C, temperature 1) that a session gives for the golden inputs, one picture at a time as in serving. */
export async function answerGolden(
  session: Session,
  { n, pixels }: Pick<Golden, 'n' | 'pixels'>,
): Promise<Float64Array> {
  const size = session.height * session.width * 3;
  const answers: Float64Array[] = [];
  for (let i = 0; i < n; i++) {
    const { logits } = await session.run(pixels.subarray(i * size, (i + 1) * size));
    answers.push(softmax(logits));
  }
  return Float64Array.from(answers.flatMap((answer) => [...answer]));
}

/** Compares answers (n·C probabilities) with the trained model's own at that precision. */
export function checkParity(precision: Precision, answers: Float64Array, golden: Golden): Parity {
  const expected = golden.probabilities[precision];
  const sameCount = answers.length === expected.length;
  const differences = answers.map((value, i) => Math.abs(value - expected[i]!));
  const largest = sameCount ? differences.reduce((a, b) => Math.max(a, b), 0) : Number.POSITIVE_INFINITY;
  const mean = sameCount
    ? differences.reduce((a, b) => a + b, 0) / differences.length
    : Number.POSITIVE_INFINITY;
  // Written so that a NaN among the answers fails.
  const passed = precision === 'float32' ? largest < FLOAT32_TOLERANCE : mean < INT8_TOLERANCE;
  const reason = sameCount
    ? `probabilities on the golden inputs differ by ${largest.toExponential(1)} at most, ${mean.toExponential(1)} on average`
    : `${answers.length} probabilities where the trained model gave ${expected.length}`;
  return { largest, mean, passed, reason };
}
