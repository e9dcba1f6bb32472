/**
 * @module tests/helpers/fine-tune-gradients
 * A child process of fine-tune-gradients.test.ts, since tfjs-node and its oneDNN setting belong to a process. Prints as
 * JSON how far the gradients of every weight are from central differences in float64, how many tensors live after
 * each of some steps, and how far trunk and upper part together are from the whole base.
 */
import { join } from 'node:path';
import type { Tensor } from '@tensorflow/tfjs';
import { loadSession } from '../../core/inference/session.ts';
import type { ModelInput } from '../../core/manifest.ts';
import type { LayersModel } from '../../core/onnx/layers-model.ts';
import { loadEngine } from '../../training/engine.ts';
import { asLayersModel, convertBase } from '../../training/features/base-models.ts';
import { initialState, stepAdamW } from '../../training/fine-tune/adamw.ts';
import { cutBase } from '../../training/fine-tune/cut.ts';
import { differentiate } from '../../training/fine-tune/differentiate.ts';
import { dropoutMask, logPriors } from '../../training/fine-tune/head-loss.ts';
import { openUpperNetwork } from '../../training/fine-tune/upper-network.ts';
import { openParameters, tensorsOf } from '../../training/fine-tune/weights.ts';
import { randomSource } from '../../training/random.ts';
import { stridedNetwork } from './fine-tune-network.ts';
import { referenceLoss, type Weights64 } from './reference-loss.ts';

const CLASSES = 3;
const SMOOTHING = 0.1;
const DROPOUT = 0.2;
const DELTA = 1e-6;

const { tf } = await loadEngine('node', { root: join(import.meta.dirname, '..', '..') });
const model = asLayersModel(stridedNetwork(), 'float32');
const cut = cutBase(model, { height: 40, width: 40 });
const upper = openUpperNetwork(tf, cut);
const random = randomSource('gradients');
const numbers = (length: number, scale: number) =>
  Float32Array.from({ length }, () => scale * (2 * random() - 1));
const features = 16;
const head = { kernel: numbers(features * CLASSES, 0.5), bias: numbers(CLASSES, 0.5), features };
const parameters = openParameters(upper, model, head);
const truth = Int32Array.of(0, 2, 1, 2);
const maps = numbers(truth.length * cut.map[0] * cut.map[1] * cut.map[2], 2);
const frozen = new Map<string, Tensor>(
  upper.frozen.map((name) => {
    const { values, shape } = model.weights.get(name)!;
    return [name, tf.tensor(values, [...shape])];
  }),
);
const recipe = { dropout: DROPOUT, smoothing: SMOOTHING } as Parameters<typeof differentiate>[1]['recipe'];
// Unlike each other, so that leaving them out shows.
const priors = logPriors(Int32Array.of(0, 0, 0, 0, 1, 2, 2), { classes: CLASSES, exponent: 0.5 });
const step = (key: string) =>
  differentiate(tf, {
    upper,
    parameters,
    frozen,
    map: cut.map,
    recipe,
    maps,
    truth,
    priors,
    random: randomSource(key),
  });

const { loss, gradients } = await step('mask');

const weights: Weights64 = new Map(
  [...[...model.weights].map(([name, { shape, values }]) => ({ name, shape, values })), ...parameters].map(
    ({ name, shape, values }) => [name, { shape, values: Float64Array.from(values) }],
  ),
);
const reference = {
  layers: cut.upper,
  at: cut.at,
  maps: {
    shape: [truth.length, ...cut.map] as [number, number, number, number],
    values: Float64Array.from(maps),
  },
  labels: [...truth],
  mask: dropoutMask(truth.length * features, { rate: DROPOUT, random: randomSource('mask') }),
  smoothing: SMOOTHING,
  priors: [...priors],
};
const firstReference = referenceLoss(reference, weights);
const differences: Record<string, number> = {};
for (const { name } of parameters) {
  const { values } = weights.get(name)!;
  let [apart, size] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    values[i] = value + DELTA;
    const above = referenceLoss(reference, weights);
    values[i] = value - DELTA;
    const below = referenceLoss(reference, weights);
    values[i] = value;
    const slope = (above - below) / (2 * DELTA);
    apart += (slope - gradients.get(name)![i]!) ** 2;
    size += slope ** 2;
  }
  // Relative, of the whole tensor: single components can be as good as zero.
  differences[name] = Math.sqrt(apart / size);
}

const state = initialState(parameters);
const tensors: number[] = [];
for (let i = 0; i < 20; i++) {
  const taken = await step(`step ${i}`);
  stepAdamW(parameters, taken.gradients, state, {
    rates: { base: 1e-3, head: 1e-3 },
    decay: 0.01,
    clip: 5,
    averageShare: 0.99,
  });
  tensors.push(tf.memory().numTensors);
}
const after = (await step('mask')).loss;

/** Largest difference of a feature, of one picture by the whole base and by its two parts. */
async function compareParts(): Promise<{ apart: number; largest: number }> {
  const side = 40;
  const input = {
    width: side,
    height: side,
    resize: { fit: 'cover', kernel: 'lanczos3', background: [255, 255, 255] },
    scaling: { mean: [127.5, 127.5, 127.5], std: [127.5, 127.5, 127.5] },
  } satisfies ModelInput;
  const pixels = Uint8Array.from({ length: side * side * 3 }, () => 256 * random());
  const run = async (part: LayersModel) => {
    const session = await loadSession(convertBase(part, { input }), { threads: 1 });
    const answer = (await session.run(pixels)).features;
    await session.dispose();
    return answer;
  };
  const whole = await run(model);
  const original = openParameters(upper, model, head);
  const own = tensorsOf(tf, original, new Map(original.map(({ name, values }) => [name, values])));
  const picture = tf.tensor4d(await run(cut.trunk), [1, ...cut.map]);
  const parts = (await upper.infer(picture, new Map([...frozen, ...own]))).dataSync();
  const apart = whole.reduce((most, value, i) => Math.max(most, Math.abs(value - parts[i]!)), 0);
  return { apart, largest: whole.reduce((a, b) => Math.max(a, b), 0) };
}

console.log(
  JSON.stringify({
    loss,
    reference: firstReference,
    after,
    differences,
    tensors,
    parts: await compareParts(),
  }),
);
