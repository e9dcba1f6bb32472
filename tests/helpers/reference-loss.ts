/**
 * @module tests/helpers/reference-loss
 * The loss of an upper part and its head in float64, by plain loops: what gradients are checked against.
 */
import type { Layer } from '../../core/onnx/layers-model.ts';

/** A tensor [N, H, W, C], or [N, 1, 1, C] for a vector. */
interface Picture {
  shape: [number, number, number, number];
  values: Float64Array;
}

export type Weights64 = ReadonlyMap<string, { shape: readonly number[]; values: Float64Array }>;

export interface Reference {
  layers: readonly Layer[];
  /** The layer that `maps` are the output of. */
  at: string;
  maps: Picture;
  labels: readonly number[];
  /** N·F, what dropout multiplies by. */
  mask: ArrayLike<number>;
  smoothing: number;
  /** Added to the logits of each class. */
  priors: readonly number[];
}

/** Mean cross-entropy against smoothed targets; the head's weights are `breeds/kernel` and `breeds/bias`. */
export function referenceLoss(
  { layers, at, maps, labels, mask, smoothing, priors }: Reference,
  weights: Weights64,
): number {
  const outputs = new Map<string, Picture>([[at, maps]]);
  for (const layer of layers) {
    const inputs = layer.inputs.map((name) => outputs.get(name)!);
    outputs.set(layer.name, compute(layer, inputs, weights));
  }
  const { shape, values } = outputs.get(layers.at(-1)!.name)!;
  const features = shape[3];
  const kernel = weights.get('breeds/kernel')!.values;
  const bias = weights.get('breeds/bias')!.values;
  const classes = bias.length;
  let sum = 0;
  for (const [row, label] of labels.entries()) {
    const logits = Array.from(bias, (start, c) => {
      let logit = start + priors[c]!;
      for (let f = 0; f < features; f++) {
        logit += values[row * features + f]! * mask[row * features + f]! * kernel[f * classes + c]!;
      }
      return logit;
    });
    const logTotal = Math.log(logits.reduce((total, logit) => total + Math.exp(logit), 0));
    for (let c = 0; c < classes; c++) {
      const target = (c === label ? 1 - smoothing : 0) + smoothing / classes;
      sum += target * (logTotal - logits[c]!);
    }
  }
  return sum / labels.length;
}

function compute(layer: Layer, inputs: Picture[], weights: Weights64): Picture {
  const [x] = inputs as [Picture];
  if (layer.className === 'Add') {
    return { shape: x.shape, values: x.values.map((value, i) => value + inputs[1]!.values[i]!) };
  }
  if (layer.className === 'GlobalAveragePooling2D') return average(x);
  return convolve(layer, x, weights);
}

function average({ shape: [n, height, width, channels], values }: Picture): Picture {
  const means = new Float64Array(n * channels);
  const area = height * width;
  for (let i = 0; i < values.length; i++) {
    const picture = Math.floor(i / (area * channels));
    means[picture * channels + (i % channels)]! += values[i]! / area;
  }
  return { shape: [n, 1, 1, channels], values: means };
}

/** TensorFlow's SAME: of the padding that is needed the smaller half comes before. */
function convolve(
  layer: Layer,
  { shape: [n, height, width, channels], values }: Picture,
  weights: Weights64,
): Picture {
  const isDepthwise = layer.className === 'DepthwiseConv2D';
  const kernel = weights.get(`${layer.name}/${isDepthwise ? 'depthwise_kernel' : 'kernel'}`)!;
  const bias = weights.get(`${layer.name}/bias`)!.values;
  const [side] = kernel.shape as [number, number, number, number];
  const filters = isDepthwise ? channels : kernel.shape[3]!;
  const [stride] = layer.config.strides as [number, number];
  const activation = layer.config.activation as string;
  const [rows, columns] = [Math.ceil(height / stride), Math.ceil(width / stride)];
  const paddingOf = (size: number, out: number) =>
    Math.floor(Math.max((out - 1) * stride + side - size, 0) / 2);
  const [top, left] = [paddingOf(height, rows), paddingOf(width, columns)];
  const result = new Float64Array(n * rows * columns * filters);
  let at = 0;
  for (let picture = 0; picture < n; picture++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        for (let f = 0; f < filters; f++) {
          let sum = bias[f]!;
          for (let v = 0; v < side; v++) {
            for (let h = 0; h < side; h++) {
              const [y, x] = [row * stride + v - top, column * stride + h - left];
              if (y < 0 || y >= height || x < 0 || x >= width) continue;
              const from = ((picture * height + y) * width + x) * channels;
              const place = v * side + h;
              if (isDepthwise) sum += values[from + f]! * kernel.values[place * channels + f]!;
              else {
                for (let c = 0; c < channels; c++) {
                  sum += values[from + c]! * kernel.values[(place * channels + c) * filters + f]!;
                }
              }
            }
          }
          result[at++] = activate(sum, activation);
        }
      }
    }
  }
  return { shape: [n, rows, columns, filters], values: result };
}

function activate(value: number, activation: string): number {
  if (activation === 'relu6') return Math.min(6, Math.max(0, value));
  return activation === 'relu' ? Math.max(0, value) : value;
}
