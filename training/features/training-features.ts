/**
 * @module training/features/training-features
 * All that the frozen base has to say of the training photographs, at both precisions.
 */
import type { Precision } from '../../core/manifest.ts';
import type { Calibration } from '../../core/onnx/convert.ts';
import type { Base } from '../base/base.ts';
import type { Picture } from '../data/data-set.ts';
import { chooseStratified } from '../data/split.ts';
import type { WeightType } from '../network/network.ts';
import type { Reporter } from '../reporter.ts';
import { asLayersModel, convertBase } from './base-models.ts';
import { NO_CACHE, openCache } from './cache.ts';
import { calibrateBase } from './calibrate-base.ts';
import { extractRows } from './extract.ts';
import { keepRows, type Rows } from './rows.ts';
import type { OpenSession } from './session-pool.ts';
import { trainingViews, type ViewName } from './views.ts';

export interface TrainingFeatures {
  /** Features in float32: row i·V + v is view v of photograph i. */
  views: Rows;
  viewsPerPicture: number;
  /** One row for each photograph, as it is served. */
  originals: Record<Precision, Rows>;
  calibration: Calibration;
}

export interface FeatureOptions {
  root: string;
  seed: number;
  crops: number;
  cropArea: number;
  weights: WeightType;
  calibrationPhotographs: number;
  /** `minmax` or `percentile`, and of which per cent. */
  calibrationMethod: string;
  calibrationPercentile: number;
  /** Instead of the views that a head is trained on. */
  viewNames?: readonly ViewName[];
  openSession: OpenSession;
  /** Folder of the cache, or null for none. */
  cache: string | null;
  reporter: Reporter;
}

/**
 * Extracts features in float32 from every view, and in int8 from the originals: a head is trained on the former,
 * and what depends on the precision (temperature, class means, threshold) is fitted on each one's own.
 */
export async function extractTrainingFeatures(
  base: Base,
  pictures: readonly Picture[],
  options: FeatureOptions,
): Promise<TrainingFeatures> {
  const { root, seed, openSession, cache, reporter } = options;
  const { input } = base;
  const model = asLayersModel(base.network, options.weights);
  const extract = async (title: string, onnx: Uint8Array, views: readonly ViewName[]) => {
    const session = await openSession(onnx);
    const { onProgress, end } = reporter.progress(title);
    try {
      const length = session.outputSizes.features!;
      const kept = cache === null ? NO_CACHE : openCache(cache, onnx, { length });
      return await extractRows(pictures, { root, views, input, session, cache: kept, onProgress });
    } finally {
      end();
      await session.dispose();
    }
  };

  const names = options.viewNames ?? trainingViews(options);
  const views = await extract('features, float32', convertBase(model, { input }), names);
  const chosen = chooseStratified(pictures, options.calibrationPhotographs, `calibration:${seed}`);
  const calibration = await calibrateBase(model, chosen, {
    root,
    input,
    openSession,
    ...(options.calibrationMethod === 'percentile' ? { percentile: options.calibrationPercentile } : {}),
  });
  const int8 = await extract('features, int8', convertBase(model, { input, calibration }), ['original']);
  const float32 = keepRows(views, (row) => row % names.length === 0);
  return { views, viewsPerPicture: names.length, originals: { float32, int8 }, calibration };
}
