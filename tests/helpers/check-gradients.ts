/**
 * @module tests/helpers/check-gradients
 * Prints, as JSON, how far an engine's gradients are from finite differences of the same functions in double
 * precision, by name: the largest difference over the largest gradient.
 *
 *     TF_ENABLE_ONEDNN_OPTS=0 node tests/helpers/check-gradients.ts node|cpu
 *
 * oneDNN rounds its sums otherwise: with it the differences are 1e-4 to 4e-4, without it below 1e-6.
 */
import { join } from 'node:path';
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import { type EngineName, loadEngine } from '../../training/engine.ts';
import { quickSource } from '../../training/scratch/initial-weights.ts';
import { scratchNetwork } from '../../training/scratch/network.ts';
import { evaluateBatch, loadTrainable } from '../../training/scratch/objective.ts';

type Numbers = Float64Array;
interface Picture {
  n: number;
  side: number;
  channels: number;
}

/** 3 x 3, stride 1, padding `same`: [n, s, s, c] by a kernel [3, 3, c, k]. */
function convolve(x: Numbers, { n, side, channels }: Picture, kernel: Numbers, filters: number): Numbers {
  const out = new Float64Array(n * side * side * filters);
  const inside = (place: number) => place >= 0 && place < side;
  for (let at = 0; at < out.length; at++) {
    const k = at % filters;
    const column = Math.floor(at / filters) % side;
    const row = Math.floor(at / (filters * side)) % side;
    const picture = Math.floor(at / (filters * side * side));
    for (let tap = 0; tap < 9; tap++) {
      const [y, z] = [row + Math.floor(tap / 3) - 1, column + (tap % 3) - 1];
      if (!inside(y) || !inside(z)) continue;
      for (let c = 0; c < channels; c++)
        out[at]! +=
          x[((picture * side + y) * side + z) * channels + c]! * kernel[(tap * channels + c) * filters + k]!;
    }
  }
  return out;
}

/** 2 x 2, stride 2. */
function pool(x: Numbers, { n, side, channels }: Picture): Numbers {
  const half = Math.floor(side / 2);
  return Float64Array.from({ length: n * half * half * channels }, (_, at) => {
    const c = at % channels;
    const column = Math.floor(at / channels) % half;
    const row = Math.floor(at / (channels * half)) % half;
    const picture = Math.floor(at / (channels * half * half));
    const value = (y: number, z: number) =>
      x[((picture * side + 2 * row + y) * side + 2 * column + z) * channels + c]!;
    return Math.max(value(0, 0), value(0, 1), value(1, 0), value(1, 1));
  });
}

function multiply(
  x: Numbers,
  kernel: Numbers,
  [n, length, units]: readonly [number, number, number],
): Numbers {
  return Float64Array.from({ length: n * units }, (_, at) => {
    let sum = 0;
    for (let i = 0; i < length; i++)
      sum += x[Math.floor(at / units) * length + i]! * kernel[i * units + (at % units)]!;
    return sum;
  });
}

/** Mean over the rows of -log softmax at the label. */
function crossEntropy(logits: Numbers, labels: readonly number[]): number {
  const classes = logits.length / labels.length;
  const losses = labels.map((label, row) => {
    const own = logits.subarray(row * classes, (row + 1) * classes);
    return Math.log(own.reduce((sum, logit) => sum + Math.exp(logit), 0)) - own[label]!;
  });
  return losses.reduce((a, b) => a + b, 0) / labels.length;
}

const addBias = (x: Numbers, bias: Numbers) => x.map((value, at) => value + bias[at % bias.length]!);
const relu = (x: Numbers) => x.map((value) => Math.max(0, value));
const dot = (a: Numbers, b: Numbers) => a.reduce((sum, value, at) => sum + value * b[at]!, 0);

/** Central differences. */
function differentiate(loss: (at: Numbers) => number, point: Numbers): Numbers {
  const step = 1e-6;
  return point.map((value, at) => {
    const moved = (by: number) => loss(point.with(at, value + by));
    return (moved(step) - moved(-step)) / (2 * step);
  });
}

function gap(found: ArrayLike<number>, expected: Numbers): number {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return expected.reduce((most, value, at) => Math.max(most, Math.abs(value - found[at]!)), 0) / largest;
}

const { tf } = await loadEngine(process.argv[2] as EngineName, { root: join(import.meta.dirname, '../..') });
const random = quickSource('gradients');
/** Numbers from -1 to 1 that float32 holds. */
const draw = (length: number) => Float64Array.from({ length }, () => Math.fround(2 * random() - 1));
const tensor = <T extends Tensor>(values: Numbers, shape: number[]) =>
  tf.tensor(Float32Array.from(values), shape) as T;
const gaps: Record<string, number> = {};

const [n, side, channels, filters] = [2, 6, 3, 4];
const shape: [number, number, number, number] = [n, side, side, channels];
const picture = { n, side, channels };

{
  const [x, kernel, weight] = [
    draw(n * side * side * channels),
    draw(9 * channels * filters),
    draw(n * side * side * filters),
  ];
  const [byX, byKernel] = tf.grads((a, b) =>
    tf
      .conv2d(a as Tensor4D, b as Tensor4D, 1, 'same')
      .mul(tensor(weight, [n, side, side, filters]))
      .sum(),
  )([tensor(x, shape), tensor(kernel, [3, 3, channels, filters])]);
  gaps['conv2d by its input'] = gap(
    byX!.dataSync(),
    differentiate((at) => dot(convolve(at, picture, kernel, filters), weight), x),
  );
  gaps['conv2d by its kernel'] = gap(
    byKernel!.dataSync(),
    differentiate((at) => dot(convolve(x, picture, at, filters), weight), kernel),
  );
}
{
  // All below zero: there an engine was wrong in silence.
  const [x, weight] = [
    draw(n * side * side * channels).map((value) => value - 2),
    draw((n * side * side * channels) / 4),
  ];
  const gradient = tf.grad((a) =>
    tf
      .maxPool(a as Tensor4D, 2, 2, 'valid')
      .mul(tensor(weight, [n, side / 2, side / 2, channels]))
      .sum(),
  )(tensor(x, shape));
  gaps['maxPool by its input'] = gap(
    gradient.dataSync(),
    differentiate((at) => dot(pool(at, picture), weight), x),
  );
}
{
  const size = [5, 7, 4] as const;
  const [x, kernel, weight] = [draw(35), draw(28), draw(20)];
  const [byX, byKernel] = tf.grads((a, b) =>
    tf
      .matMul(a as Tensor4D, b as Tensor4D)
      .mul(tensor(weight, [5, 4]))
      .sum(),
  )([tensor(x, [5, 7]), tensor(kernel, [7, 4])]);
  gaps['dense by its input'] = gap(
    byX!.dataSync(),
    differentiate((at) => dot(multiply(at, kernel, size), weight), x),
  );
  gaps['dense by its kernel'] = gap(
    byKernel!.dataSync(),
    differentiate((at) => dot(multiply(x, at, size), weight), kernel),
  );
}
{
  const labels = [0, 3, 1, 1, 2];
  const logits = draw(20);
  const truth = tf.oneHot(tf.tensor1d(labels, 'int32'), 4);
  const gradient = tf.grad((a) => tf.logSoftmax(a).mul(truth).sum().div(-5))(tensor(logits, [5, 4]));
  gaps['softmax cross-entropy by its logits'] = gap(
    gradient.dataSync(),
    differentiate((at) => crossEntropy(at, labels), logits),
  );
}
{
  // The very loss that training minimises, by every weight of a network of three stages.
  const sizes = { size: 8, filters: [3, 4, 5], dense: [6], seed: 1 };
  const labels = [0, 1, 2, 1];
  const count = labels.length;
  const x = draw(count * 64 * 3);
  const model = await loadTrainable(tf, scratchNetwork(sizes), { classes: 3, seed: 1 });
  for (const weight of model.weights) {
    // Biases of zero would hide a ReLU that is wrong at its edge.
    const values = draw(weight.shape.reduce<number>((a, b) => a * b!, 1)).map((value) => value / 2);
    weight.write(tensor(values, weight.shape as number[]));
  }
  const weights = new Map(
    model.weights.map(({ originalName }, i) => [
      originalName,
      Float64Array.from(model.getWeights()[i]!.dataSync()),
    ]),
  );
  const loss = (name: string, at: Numbers) => {
    const of = (other: string) => (other === name ? at : weights.get(other)!);
    let [value, from, edge]: [Numbers, number, number] = [x, 3, 8];
    for (const [stage, to] of sizes.filters.entries()) {
      const layer = `conv_${stage + 1}`;
      const shape = { n: count, side: edge, channels: from };
      const convolved = addBias(convolve(value, shape, of(`${layer}/kernel`), to), of(`${layer}/bias`));
      value = pool(relu(convolved), { n: count, side: edge, channels: to });
      [from, edge] = [to, edge / 2];
    }
    const features = relu(
      addBias(multiply(value, of('features/kernel'), [count, 5, 6]), of('features/bias')),
    );
    const logits = addBias(multiply(features, of('breeds/kernel'), [count, 6, 3]), of('breeds/bias'));
    return crossEntropy(logits, labels);
  };
  const truth = tf.oneHot(tf.tensor1d(labels, 'int32'), 3).toFloat();
  const { grads } = evaluateBatch(tf, model, { x: tensor(x, [count, 8, 8, 3]), truth: truth as Tensor2D });
  for (const weight of model.weights) {
    const { name } = weight.read() as unknown as { name: string };
    const point = weights.get(weight.originalName)!;
    const expected = differentiate((at) => loss(weight.originalName, at), point);
    gaps[`loss by ${weight.originalName}`] = gap(grads[name]!.dataSync(), expected);
  }
}
console.log(JSON.stringify(gaps));
