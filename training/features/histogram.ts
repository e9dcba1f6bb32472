/**
 * @module training/features/histogram
 * How the values of a layer are distributed, and the range that holds most of them: a few rare values would otherwise take
 * up many of the 256 steps of int8. (Wu et al., "Integer Quantization for Deep Learning Inference", 2020, section 4.2)
 */

/** A bin is an eighth of a step of 8 bits: what lies within one makes no difference. */
const BINS = 2048;

export interface Histogram {
  readonly range: readonly [number, number];
  /** Values in each of the bins of equal width, from the least on. */
  readonly counts: Float64Array;
  /** Counts values, which lie within the range. */
  add(values: Float32Array): void;
}

export function openHistogram(range: readonly [number, number]): Histogram {
  const [least, largest] = range;
  const counts = new Float64Array(BINS);
  const perUnit = largest > least ? BINS / (largest - least) : 0;
  return {
    range,
    counts,
    add(values) {
      for (const value of values) {
        const bin = Math.floor((value - least) * perUnit);
        counts[Math.max(0, Math.min(BINS - 1, bin))]! += 1;
      }
    },
  };
}

/**
 * The narrowest range, to a bin, that leaves at most half of (100 - `percentile`) per cent of the values out at each side; as
 * onnxruntime's own calibration takes a percentile. 100 is the whole range.
 */
export function percentileRange({ range, counts }: Histogram, percentile: number): [number, number] {
  const [least, largest] = range;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const leftOut = (total * (100 - percentile)) / 200;
  const width = (largest - least) / BINS;
  const cutLow = binsWithin(counts, leftOut);
  const cutHigh = binsWithin(counts.toReversed(), leftOut);
  // The ends themselves where nothing is cut: least + BINS * width may differ from largest by rounding.
  const low = cutLow === 0 ? least : least + cutLow * width;
  const high = cutHigh === 0 ? largest : largest - cutHigh * width;
  return [low, high];
}

/** So many bins from the start have no more than `leftOut` values together. */
function binsWithin(counts: Float64Array, leftOut: number): number {
  let sum = 0;
  let bins = 0;
  while (bins < counts.length - 1 && sum + counts[bins]! <= leftOut) sum += counts[bins++]!;
  return bins;
}
