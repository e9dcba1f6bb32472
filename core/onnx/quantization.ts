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

const LARGEST_WEIGHT = 127;

/**
 * Processors with AVX2 and no VNNI multiply unsigned by signed 8-bit numbers, add the products of two neighbours, and
 * hold that in 16 bits, where it saturates: 255 * 128 is just within. A network whose neighbours were larger answered
 * otherwise on each kind of processor, and the figures of the machine that trained weren't those of the one that served
 * (EfficientNet-Lite2 on 152 photographs: logits .13 of their size off float32's; .09 with seven bits for all weights; .06 with this).
 * With it a sum of neighbours never exceeds this much, after rounding.
 */
const LARGEST_SUM = 127;

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
 * Weights as int8, symmetric, with a scale for each output channel, such that no processor saturates ({@link LARGEST_SUM}); the
 * bias as int32 in the unit in which the products of input and weights are summed, `inputScale * scale` of the channel.
 */
export function quantizeWeights(weights: FloatWeights, inputScale: number): QuantizedWeights {
  const { kernel, bias } = weights;
  const { channels, channelOf, rowsOf } = layoutOf(weights);
  const largest = new Float32Array(channels);
  for (let channel = 0; channel < channels; channel++) {
    for (const row of rowsOf(channel)) {
      largest[channel] = Math.max(
        largest[channel]!,
        largestSize(row) / LARGEST_WEIGHT,
        largestSum(row) / LARGEST_SUM,
      );
    }
  }

  // A channel whose weights are (almost) nothing still needs a unit in which its bias can be counted.
  const scales = largest.map((step, channel) => {
    const unitOfBias = Math.abs(bias?.[channel] ?? 0) / (inputScale * LARGEST_BIAS);
    return Math.max(step, unitOfBias, SMALLEST_SCALE);
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

/** Where the weights of each output channel lie. */
function layoutOf({ kernel, dims, channelAxis }: FloatWeights) {
  const channels = dims[channelAxis]!;
  const inner = dims.slice(channelAxis + 1).reduce((product, size) => product * size, 1);
  const channelOf = (index: number) => Math.floor(index / inner) % channels;
  const size = kernel.length / channels;
  // Of a Conv's [output, input, height, width].
  const area = dims.length === 4 ? dims[2]! * dims[3]! : 1;
  const inputs = size / area;
  const at = (channel: number, place: number) => {
    const outer = Math.floor(place / inner);
    return kernel[(outer * channels + channel) * inner + (place % inner)]!;
  };

  /** The weights of a channel in the orders in which an engine may walk through them: place by place, or input by input. */
  function rowsOf(channel: number): Float32Array[] {
    const byInput = Float32Array.from({ length: size }, (_, place) => at(channel, place));
    if (area === 1 || inputs === 1) return [byInput];
    const byPlace = byInput.map((_, index) => byInput[(index % inputs) * area + Math.floor(index / inputs)]!);
    return [byInput, byPlace];
  }
  return { channels, channelOf, rowsOf };
}

function largestSize(row: Float32Array): number {
  return row.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
}

/** The largest sum of two neighbours; of different signs they can't both add to it, since activations are unsigned. */
function largestSum(row: Float32Array): number {
  let most = 0;
  for (let index = 1; index < row.length; index++) {
    const [one, other] = [row[index - 1]!, row[index]!];
    most = Math.max(most, Math.max(one, 0) + Math.max(other, 0), Math.max(-one, 0) + Math.max(-other, 0));
  }
  return most;
}
