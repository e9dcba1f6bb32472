/**
 * @module training/evaluate/serving-files
 * The two ONNX files that will serve, made and run here as convert and classify make and run them: every
 * figure of a version is theirs.
 */

import { answerGolden } from '../../core/inference/parity.ts';
import type { Session } from '../../core/inference/session.ts';
import { FILE, type ModelInput, PRECISIONS, type Precision } from '../../core/manifest.ts';
import { type Calibration, convertLayersModel } from '../../core/onnx/convert.ts';
import { readLayersModel } from '../../core/onnx/read-layers-model.ts';
import type { Picture } from '../data/data-set.ts';
import { NO_CACHE } from '../features/cache.ts';
import { extractRows } from '../features/extract.ts';
import type { Rows } from '../features/rows.ts';
import type { BatchSession, OpenSession } from '../features/session-pool.ts';
import type { TrainingFeatures } from '../features/training-features.ts';
import { type Head, logitsOf } from '../head/train-head.ts';
import type { Reporter } from '../reporter.ts';
import { answerPictures } from './answer-pictures.ts';
import type { Scored } from './ranks.ts';

/** Training photographs on which a file's logits are compared with the head's on the base's features. */
const COMPARED = 16;
/** Logits go to 10 and more; batches and fused steps round a float32 differently by 1e-5. */
const TOLERANCE = 1e-2;

export interface ServingFiles {
  onnx: Record<Precision, Uint8Array>;
  /** Logits of the pictures held back. */
  scored: Record<Precision, Scored>;
  /** Of each of them to the nearest class mean. */
  cosines: Record<Precision, Float32Array>;
  /** Probabilities of the golden pictures, n·C. */
  golden: Record<Precision, Float32Array>;
}

/** The ONNX file of each precision, by the same code that the convert function runs. */
export function convertForServing(
  { modelJson, weightsBin }: { modelJson: string; weightsBin: Uint8Array },
  { input, calibration }: { input: ModelInput; calibration: Calibration },
): Record<Precision, Uint8Array> {
  const model = readLayersModel(JSON.parse(modelJson), new Map([[FILE.weights, weightsBin]]));
  return {
    float32: convertLayersModel(model, { input, precision: 'float32' }),
    int8: convertLayersModel(model, { input, precision: 'int8', calibration }),
  };
}

export interface RunOptions {
  root: string;
  input: ModelInput;
  evaluation: readonly Picture[];
  training: readonly Picture[];
  features: Pick<TrainingFeatures, 'originals'>;
  head: Head;
  classMeans: Record<Precision, Float32Array>;
  golden: { n: number; pixels: Uint8Array };
  openSession: OpenSession;
  reporter: Reporter;
}

/**
 * Runs both files over the pictures held back and the golden ones. Throws where a file's logits aren't the
 * head's on the features that the temperature was fitted on: then conversion or training is at fault.
 */
export async function runServingFiles(
  onnx: Record<Precision, Uint8Array>,
  options: RunOptions,
): Promise<ServingFiles> {
  const files: Partial<Record<Precision, { scored: Scored; cosines: Float32Array; golden: Float32Array }>> =
    {};
  for (const precision of PRECISIONS) {
    const session = await options.openSession(onnx[precision]);
    const { onProgress, end } = options.reporter.progress(`held back, ${precision}`);
    try {
      await checkAgainstHead(session, precision, options);
      const classMeans = options.classMeans[precision];
      const answers = await answerPictures(session, options.evaluation, {
        ...options,
        classMeans,
        onProgress,
      });
      const golden = Float32Array.from(await answerGolden(session, options.golden));
      files[precision] = { ...answers, golden };
    } finally {
      end();
      await session.dispose();
    }
  }
  const { float32, int8 } = files as Required<typeof files>;
  return {
    onnx,
    scored: { float32: float32.scored, int8: int8.scored },
    cosines: { float32: float32.cosines, int8: int8.cosines },
    golden: { float32: float32.golden, int8: int8.golden },
  };
}

function logitsBy(
  session: BatchSession,
  pictures: readonly Picture[],
  { root, input }: Pick<RunOptions, 'root' | 'input'>,
): Promise<Rows> {
  return extractRows(pictures, {
    root,
    input,
    session,
    views: ['original'],
    output: 'logits',
    cache: NO_CACHE,
  });
}

async function checkAgainstHead(session: Session, precision: Precision, options: RunOptions): Promise<void> {
  const some = options.training.slice(0, COMPARED);
  const { values } = await logitsBy(session, some, options);
  const { length, values: features } = options.features.originals[precision];
  const rows = { n: some.length, length, values: features.subarray(0, some.length * length) };
  const expected = logitsOf(options.head, rows);
  const largest = expected.reduce((most, logit, i) => Math.max(most, Math.abs(logit - values[i]!)), 0);
  if (largest <= TOLERANCE) return;
  throw new Error(
    `The ${precision} file's logits differ from the head's on the base's features by ${largest.toFixed(4)}. Clear the feature cache, and if it stays report it.`,
  );
}
