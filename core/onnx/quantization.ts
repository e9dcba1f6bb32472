/**
 * @module core/onnx/quantization
 * The arithmetic of 8-bit quantisation: real = scale * (integer - zeroPoint), scale in float32.
 */

/** How an activation is held in unsigned 8 bits. */
export interface Quantization {
  scale: number;
  zeroPoint: number;
}

/** Below this a scale has no use and products of two would leave float32. */
const SMALLEST_SCALE = 2 ** -60;

/**
 * Weights take seven bits. Processors with AVX2 and no VNNI multiply unsigned by signed 8-bit numbers in pairs and add
 * the two in 16 bits, which saturate: 2 * 255 * 127 is twice what fits, 2 * 255 * 64 is just within. With eight bits a network
 * answered otherwise on each kind of processor, and the figures of the machine that trained weren't those of the one that serves.
 */
const LARGEST_WEIGHT = 64;

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

export interface FloatWeights {
  kernel: Float32Array;
  dims: readonly number[];
  /** The axis of `dims` that counts the output channels. */
  channelAxis: number;
  bias?: Float32Array | undefined;
}

/**
 * Weights as int8 of seven bits ({@link LARGEST_WEIGHT}), symmetric, with a scale for each output channel; the bias as int32 in the unit in which
 * the products of input and weights are summed, `inputScale * scale` of the channel.
 */
export function quantizeWeights(weights: FloatWeights, inputScale: number): QuantizedWeights {
  const { kernel, dims, channelAxis, bias } = weights;
  const channels = dims[channelAxis]!;
  const inner = dims.slice(channelAxis + 1).reduce((product, size) => product * size, 1);
  const largest = new Float32Array(channels);
  const channelOf = (index: number) => Math.floor(index / inner) % channels;
  for (let index = 0; index < kernel.length; index++) {
    const size = Math.abs(kernel[index]!);
    const channel = channelOf(index);
    if (size > largest[channel]!) largest[channel] = size;
  }

  // A channel whose weights are (almost) nothing still needs a unit in which its bias can be counted.
  const scales = largest.map((size, channel) => {
    const unitOfBias = Math.abs(bias?.[channel] ?? 0) / (inputScale * LARGEST_BIAS);
    return Math.max(size / LARGEST_WEIGHT, unitOfBias, SMALLEST_SCALE);
  });
  const quantized = new Int8Array(kernel.length);
  for (let index = 0; index < kernel.length; index++) {
    const steps = Math.round(kernel[index]! / scales[channelOf(index)]!);
    quantized[index] = Math.max(-LARGEST_WEIGHT, Math.min(LARGEST_WEIGHT, steps));
  }
  if (!bias) return { kernel: quantized, scales };
  const units = scales.map((scale) => inputScale * scale);
  const values = Int32Array.from(bias, (value, channel) => Math.round(value / units[channel]!));
  return { kernel: quantized, scales, bias: { values, scales: units } };
}
