/**
 * @module training/features/calibrate-base
 * The range of every layer's output on training photographs, which int8 divides into its 256 steps.
 */
import type { ModelInput } from '../../core/manifest.ts';
import { type Calibration, calibrationGraph } from '../../core/onnx/convert.ts';
import type { LayersModel } from '../../core/onnx/layers-model.ts';
import type { Picture } from '../data/data-set.ts';
import { loadAhead } from './extract.ts';
import { openHistogram, percentileRange } from './histogram.ts';
import type { OpenSession } from './session-pool.ts';

export interface CalibrateOptions {
  root: string;
  input: ModelInput;
  openSession: OpenSession;
  /** Per cent of its values that a layer's range holds. All of them where it isn't given: least and largest. */
  percentile?: number;
  onProgress?: (done: number, total: number) => void;
}

type Outputs = Readonly<Record<string, Float32Array>>;

/**
 * The range of each layer of the base on `pictures`, as they are served. A percentile takes a second pass, in which
 * all values are counted between the ends that the first has found.
 */
export async function calibrateBase(
  base: LayersModel,
  pictures: readonly Picture[],
  options: CalibrateOptions,
): Promise<Calibration> {
  const { percentile } = options;
  const ranges = await measureRanges(base, pictures, options);
  if (percentile === undefined) return Object.fromEntries(ranges);

  const histograms = new Map([...ranges].map(([layer, range]) => [layer, openHistogram(range)]));
  await measure(base, pictures, { ...options, measure: 'values' }, (outputs) => {
    for (const [layer, histogram] of histograms) histogram.add(outputs[`${layer}:values`]!);
  });
  return Object.fromEntries(
    [...histograms].map(([layer, histogram]) => [layer, percentileRange(histogram, percentile)]),
  );
}

async function measureRanges(
  base: LayersModel,
  pictures: readonly Picture[],
  options: CalibrateOptions,
): Promise<Map<string, [number, number]>> {
  const ranges = new Map<string, [number, number]>();
  await measure(base, pictures, { ...options, measure: 'range' }, (outputs, layers) => {
    for (const layer of layers) {
      const [least, largest] = ranges.get(layer) ?? [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      ranges.set(layer, [
        Math.min(least, outputs[`${layer}:min`]![0]!),
        Math.max(largest, outputs[`${layer}:max`]![0]!),
      ]);
    }
  });
  return ranges;
}

/** Hands the outputs of the calibration graph to `take`, picture by picture. */
async function measure(
  base: LayersModel,
  pictures: readonly Picture[],
  options: CalibrateOptions & { measure: 'range' | 'values' },
  take: (outputs: Outputs, layers: readonly string[]) => void,
): Promise<void> {
  const { input, openSession, onProgress } = options;
  const graph = calibrationGraph(base, { input, head: 'features', measure: options.measure });
  const session = await openSession(graph.onnx);
  let done = 0;
  try {
    for await (const { rows } of loadAhead(pictures, { root: options.root, input, views: ['original'] })) {
      take(await session.runAll(rows[0]!.pixels), graph.layers);
      onProgress?.(++done, pictures.length);
    }
  } finally {
    await session.dispose();
  }
}
