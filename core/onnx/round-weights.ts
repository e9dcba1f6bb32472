/**
 * @module core/onnx/round-weights
 * Which whole number each weight becomes: such that every processor sums them alike, and without a shift of the mean.
 */

export interface FloatKernel {
  kernel: Float32Array;
  dims: readonly number[];
  /** The axis of `dims` that counts the output channels. */
  channelAxis: number;
}

/** The weights of one output channel. */
export interface Channel {
  /** Where they lie in the kernel, in the order of the first of `rows`. */
  indices: number[];
  /** The weights in each order in which an engine may walk through them: input by input, and place by place. */
  rows: Float32Array[];
}

const LARGEST_WEIGHT = 127;

/**
 * Processors with AVX2 and no VNNI multiply unsigned by signed 8-bit numbers, add the products of two neighbours, and
 * hold that in 16 bits, where it saturates: 255 * 128 is just within. A network whose neighbours were larger answered
 * otherwise on each kind of processor, and the figures of the machine that trained weren't those of the one that served.
 * EfficientNet-Lite2 on 324 photographs: logits .13 of their size off float32's without this, .06 with it, and .04 with
 * {@link roundEvenly} too. Two less than fit: each of two neighbours may be rounded up by up to one.
 */
const LARGEST_SUM = 126;

/** The output channels of a Conv ([output, input, height, width]) or Gemm. */
export function channelsOf({ kernel, dims, channelAxis }: FloatKernel): Channel[] {
  const count = dims[channelAxis]!;
  const inner = dims.slice(channelAxis + 1).reduce((product, size) => product * size, 1);
  const size = kernel.length / count;
  const area = dims.length === 4 ? dims[2]! * dims[3]! : 1;
  const inputs = size / area;
  return Array.from({ length: count }, (_, channel) => {
    const indices = Array.from(
      { length: size },
      (_, place) => (Math.floor(place / inner) * count + channel) * inner + (place % inner),
    );
    const byInput = Float32Array.from(indices, (index) => kernel[index]!);
    if (area === 1 || inputs === 1) return { indices, rows: [byInput] };
    const byPlace = byInput.map((_, row) => byInput[(row % inputs) * area + Math.floor(row / inputs)]!);
    return { indices, rows: [byInput, byPlace] };
  });
}

/** The smallest step in which a channel's weights can be counted. */
export function smallestStep(rows: readonly Float32Array[]): number {
  return Math.max(
    ...rows.map((row) => Math.max(largestSize(row) / LARGEST_WEIGHT, largestSum(row) / LARGEST_SUM)),
  );
}

/**
 * The weights of a channel in steps, rounded so that their errors add up to nothing, or half a step. Activations are
 * positive and of like size: errors that add up would shift a channel by the same amount for each picture. Who has to give
 * way are those nearest to the middle between two steps.
 */
export function roundEvenly(weights: Float32Array, step: number): Int8Array {
  const rounded = Int8Array.from(weights, (weight) => clip(Math.round(weight / step)));
  const errors = Array.from(weights, (weight, index) => rounded[index]! - weight / step);
  let sum = errors.reduce((total, error) => total + error, 0);
  const sign = Math.sign(sum);
  const largestFirst = [...errors.keys()].sort((a, b) => sign * (errors[b]! - errors[a]!) || a - b);
  for (const index of largestFirst) {
    if (Math.abs(sum) <= 0.5 || sign * errors[index]! <= 0) break;
    const next = rounded[index]! - sign;
    if (next !== clip(next)) continue;
    rounded[index] = next;
    sum -= sign;
  }
  return rounded;
}

function clip(steps: number): number {
  return Math.max(-LARGEST_WEIGHT, Math.min(LARGEST_WEIGHT, steps));
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
