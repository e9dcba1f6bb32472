/**
 * @module training/evaluate/answer-pictures
 * What a serving file says of pictures: their logits, and how near they come to a known breed.
 */
import { largestCosine } from '../../core/inference/scores.ts';
import type { ModelInput } from '../../core/manifest.ts';
import type { Picture } from '../data/data-set.ts';
import { NO_CACHE } from '../features/cache.ts';
import { extractRows } from '../features/extract.ts';
import type { BatchSession } from '../features/session-pool.ts';
import type { Scored } from './ranks.ts';

export interface AnswerOptions {
  root: string;
  input: ModelInput;
  /** Of unit length, C·F. */
  classMeans: Float32Array;
  onProgress: (done: number, total: number) => void;
}

/** Logits n·C, and n largest cosines to the class means, in the order of `pictures`. */
export async function answerPictures(
  session: BatchSession,
  pictures: readonly Picture[],
  { root, input, classMeans, onProgress }: AnswerOptions,
): Promise<{ scored: Scored; cosines: Float32Array }> {
  const classes = session.outputSizes.logits!;
  const run: BatchSession['run'] = async (pixels) => {
    const { logits, features } = await session.run(pixels);
    // The cosine rides behind the logits: features of many pictures would be in memory for nothing.
    return { features, logits: Float32Array.of(...logits, largestCosine(features, classMeans)) };
  };
  const rows = await extractRows(pictures, {
    root,
    input,
    session: { ...session, run, outputSizes: { logits: classes + 1 } },
    views: ['original'],
    output: 'logits',
    cache: NO_CACHE,
    onProgress,
  });
  const scored: Scored = {
    classes,
    logits: new Float32Array(rows.n * classes),
    labels: Int32Array.from(pictures, ({ label }) => label),
  };
  const cosines = new Float32Array(rows.n);
  for (let row = 0; row < rows.n; row++) {
    const values = rows.values.subarray(row * rows.length, (row + 1) * rows.length);
    scored.logits.set(values.subarray(0, classes), row * classes);
    cosines[row] = values[classes]!;
  }
  return { scored, cosines };
}
