/**
 * @module core/onnx/quantization
 * The arithmetic of 8-bit quantisation: real = scale * (integer - zeroPoint), scale in float32.
 */
import { channelsOf, type FloatKernel, roundEvenly, smallestStep } from './round-weights.ts';

/** How an activation is held in unsigned 8 bits. */
export interface Quantization {
  scale: number;
  zeroPoint: number;
}

/** Below this a scale has no use and products of two would leave float32. */
const SMALLEST_SCALE = 2 ** -60;

/** Biases are kept this far from the limit of int32, so that the sum of products still fits. */
const LARGEST_BIAS = 2 ** 30;

/** Zero must be exact, for padding and for ReLU: so the range is widened to hold it. */
export function quantizationOf([min, max]: readonly [number, number]): Quantization {
  const low = Math.min(min, 0);
  const high = Math.max(max, 0);
  // A range of nothing but zero is held by any scale.
  if (high === low) return { scale: 1, zeroPoint: 0 };
  const scale = Math.fround(Math.max((high - low) / 255, SMALLEST_SCALE));
  return { scale, zeroPoint: Math.min(255, Math.max(0, Math.round(-low / scale))) };
}

/** The least and the largest number that can be held. */
export function rangeOf({ scale, zeroPoint }: Quantization): [number, number] {
  return [-zeroPoint * scale, (255 - zeroPoint) * scale];
}

export interface QuantizedWeights {
  kernel: Int8Array;
  /** One for each output channel. */
  scales: Float32Array;
  bias?: { values: Int32Array; scales: Float32Array };
}

export interface FloatWeights extends FloatKernel {
  bias?: Float32Array | undefined;
}

/**
 * Weights as int8, symmetric, with a scale for each output channel, such that no processor saturates and no
 * channel's mean is shifted (`round-weights.ts`); the bias as int32 in the unit in which the products of input and
 * weights are summed, `inputScale * scale` of the channel.
 */
export function quantizeWeights(weights: FloatWeights, inputScale: number): QuantizedWeights {
  const { bias } = weights;
  const channels = channelsOf(weights);

  // A channel whose weights are (almost) nothing still needs a unit in which its bias can be counted.
  const scales = Float32Array.from(channels, ({ rows }, channel) => {
    const unitOfBias = Math.abs(bias?.[channel] ?? 0) / (inputScale * LARGEST_BIAS);
    return Math.max(smallestStep(rows), unitOfBias, SMALLEST_SCALE);
  });
  const kernel = new Int8Array(weights.kernel.length);
  channels.forEach(({ indices, rows }, channel) => {
    const rounded = roundEvenly(rows[0]!, scales[channel]!);
    indices.forEach((index, place) => {
      kernel[index] = rounded[place]!;
    });
  });
  if (!bias) return { kernel, scales };
  const units = scales.map((scale) => inputScale * scale);
  const values = Int32Array.from(bias, (value, channel) => Math.round(value / units[channel]!));
  return { kernel, scales, bias: { values, scales: units } };
}
