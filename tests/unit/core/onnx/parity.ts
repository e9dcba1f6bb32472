/**
 * @module tests/unit/core/onnx/parity
 * TensorFlow.js models with seeded weights, their files, and their answers beside those of the converted ONNX.
 */
import * as tf from '@tensorflow/tfjs';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import {
  type Calibration,
  type ConversionOptions,
  calibrationGraph,
  convertLayersModel,
} from '../../../../core/onnx/convert.ts';
import type { LayersModel } from '../../../../core/onnx/layers-model.ts';
import { readLayersModel } from '../../../../core/onnx/read-layers-model.ts';

// Keeps TensorFlow.js from recommending its native engine in every test file.
tf.env().set('IS_NODE', false);

type HeadKind = 'classifier' | 'features';
type Scaling = ConversionOptions['input']['scaling'];

export const UNIT: Scaling = { mean: [127, 127, 127], std: [128, 128, 128] };

export function inputOf(height: number, width: number, scaling: Scaling = UNIT): ConversionOptions['input'] {
  return { width, height, resize: { fit: 'cover', kernel: 'lanczos3', background: [0, 0, 0] }, scaling };
}

/** Numbers in [0, 1) that are the same in each run. */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Gives a model weights in [-0.4, 0.6), variances in [0.5, 1.5). */
export function seedWeights<T extends tf.LayersModel>(model: T, seed = 1): T {
  const random = randomNumbers(seed);
  const values = model.weights.map((weight) => {
    const shift = weight.name.includes('variance') ? 0.5 : -0.4;
    const data = Float32Array.from(
      { length: tf.util.sizeFromShape(weight.shape as number[]) },
      () => random() + shift,
    );
    return tf.tensor(data, weight.shape as number[]);
  });
  model.setWeights(values);
  return model;
}

export interface SavedModel {
  // biome-ignore lint/suspicious/noExplicitAny: tests change any part of the JSON
  modelJson: any;
  shards: Map<string, Uint8Array>;
}

/** What `model.save` would write as model.json and weights.bin. */
export async function saveModel(model: tf.LayersModel): Promise<SavedModel> {
  const shards = new Map<string, Uint8Array>();
  let modelJson: object = {};
  await model.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
      const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
      modelJson = JSON.parse(JSON.stringify({ format: 'layers-model', modelTopology, weightsManifest }));
      shards.set('weights.bin', new Uint8Array(weightData as ArrayBuffer));
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' as const } };
    }),
  );
  return { modelJson, shards };
}

export async function readSaved(model: tf.LayersModel): Promise<LayersModel> {
  const { modelJson, shards } = await saveModel(model);
  return readLayersModel(modelJson, shards);
}

/** Random pixels of a batch. */
export function randomPixels(n: number, height: number, width: number, seed = 7): Uint8Array {
  const random = randomNumbers(seed);
  return Uint8Array.from({ length: n * height * width * 3 }, () => random() * 256);
}

/** The float32 outputs of an ONNX file for a batch of pixels. */
export async function runOnnx(
  onnx: Uint8Array,
  pixels: Uint8Array,
  height: number,
  width: number,
): Promise<Record<string, Float32Array>> {
  const session = await InferenceSession.create(onnx, { intraOpNumThreads: 1 });
  const n = pixels.length / (height * width * 3);
  const results = await session.run({ pixels: new Tensor('uint8', pixels, [n, height, width, 3]) });
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, tensor]) => [name, tensor.data as Float32Array]),
  );
}

/** The model's own answer in TensorFlow.js. */
export function runTensorFlow(
  model: tf.LayersModel,
  pixels: Uint8Array,
  { height, width, scaling }: ConversionOptions['input'],
): Float32Array {
  return tf.tidy(() => {
    const n = pixels.length / (height * width * 3);
    const picture = tf.tensor4d(Float32Array.from(pixels), [n, height, width, 3]);
    return (
      model.predict(picture.sub(scaling.mean).div(scaling.std)) as tf.Tensor
    ).dataSync() as Float32Array;
  });
}

export function softmax(logits: Float32Array, classes: number): Float32Array {
  return logits.map((logit, index) => {
    const row = logits.subarray(index - (index % classes), index - (index % classes) + classes);
    const largest = Math.max(...row);
    return Math.exp(logit - largest) / row.reduce((sum, value) => sum + Math.exp(value - largest), 0);
  });
}

export function largestDifference(one: Float32Array, other: Float32Array): number {
  if (one.length !== other.length) throw new Error(`${one.length} values against ${other.length}`);
  return one.reduce((largest, value, index) => Math.max(largest, Math.abs(value - other[index]!)), 0);
}

export function largest(values: Float32Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** Ranges over `pixels`, as training measures them. */
export async function calibrate(
  model: LayersModel,
  input: ConversionOptions['input'],
  pixels: Uint8Array,
  head: HeadKind = 'classifier',
): Promise<Calibration> {
  const { onnx, layers } = calibrationGraph(model, { input, head });
  const outputs = await runOnnx(onnx, pixels, input.height, input.width);
  return Object.fromEntries(
    layers.map((layer) => [layer, [outputs[`${layer}:min`]![0]!, outputs[`${layer}:max`]![0]!]]),
  );
}

/** Answers of TensorFlow.js and of the float32 and int8 conversions for one batch, of a base's features. */
export async function featuresOf(
  model: tf.LayersModel,
  input: ConversionOptions['input'],
): Promise<{ expected: Float32Array; float32: Float32Array; int8: Float32Array }> {
  const { height, width } = input;
  const layers = await readSaved(model);
  const pixels = randomPixels(2, height, width);
  const calibration = await calibrate(layers, input, pixels, 'features');
  const run = async (precision: 'float32' | 'int8') => {
    const onnx = convertLayersModel(layers, { input, precision, calibration, head: 'features' });
    return (await runOnnx(onnx, pixels, height, width)).features!;
  };
  return {
    expected: runTensorFlow(model, pixels, input),
    float32: await run('float32'),
    int8: await run('int8'),
  };
}

/** input -> two convolutions -> Add -> pooling -> dense */
export function branchedModel(size: number): tf.LayersModel {
  const picture = tf.input({ shape: [size, size, 3], name: 'picture' });
  const branches = ['one', 'two'].map(
    (name) =>
      tf.layers
        .conv2d({ filters: 4, kernelSize: 3, padding: 'same', name })
        .apply(picture) as tf.SymbolicTensor,
  );
  const sum = tf.layers.add({ name: 'sum' }).apply(branches) as tf.SymbolicTensor;
  const pooled = tf.layers.globalAveragePooling2d({ name: 'pool' }).apply(sum) as tf.SymbolicTensor;
  const output = tf.layers
    .dense({ units: 3, activation: 'softmax', name: 'head' })
    .apply(pooled) as tf.SymbolicTensor;
  return seedWeights(tf.model({ inputs: picture, outputs: output }));
}
