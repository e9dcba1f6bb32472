/**
 * @module tests/helpers/tiny-version
 * A whole trained version of a network of three layers at 16x16, answers by TensorFlow.js itself; made in
 * well under a second.
 */
import * as tf from '@tensorflow/tfjs';
import { type Evaluation, formatEvaluation } from '../../core/evaluation.ts';
import { decodeGolden, encodeClassMeans, encodeGolden, type Golden } from '../../core/golden.ts';
import { contentHash, sha256 } from '../../core/hash.ts';
import { answerGolden } from '../../core/inference/parity.ts';
import { loadSession } from '../../core/inference/session.ts';
import { convertFiles } from '../../core/lifecycle/convert-version.ts';
import { FILE, formatManifest, type Manifest } from '../../core/manifest.ts';
import { calibrationGraph } from '../../core/onnx/convert.ts';
import { readLayersModel } from '../../core/onnx/read-layers-model.ts';
import { makeVersion } from '../../core/version.ts';
import { anEvaluation, metricsOf, TINY_LABELS } from './evaluations.ts';
import { aTrainedManifest } from './manifests.ts';

export { TINY_LABELS } from './evaluations.ts';

const SIDE = 16;
const FEATURES = 8;
const GOLDEN = 3;

export interface TinyVersion {
  manifest: Manifest;
  /** Every file of the folder, `manifest.json` included. */
  files: Map<string, Buffer>;
}

/** A version made at `createdAt` from weights that `seed` decides; `changes` to its manifest come last. */
export async function aTinyVersion({
  seed = 1,
  createdAt = '2026-11-25T08:15:00.000Z',
  evaluation = anEvaluation({ labels: TINY_LABELS }),
  changes = {},
}: {
  seed?: number;
  createdAt?: string;
  /** What it says of pictures held back: 90 of 100 right. The metrics in its manifest are those of these pictures. */
  evaluation?: Evaluation;
  changes?: Partial<Manifest>;
} = {}): Promise<TinyVersion> {
  tf.enableProdMode();
  await tf.setBackend('cpu');
  const { modelJson, weights, answer } = await aNetwork(seed);
  const pixels = tf.tidy(() =>
    Uint8Array.from(tf.randomUniform([GOLDEN * SIDE * SIDE * 3], 0, 256, 'int32', seed).dataSync()),
  );
  const metrics = metricsOf(evaluation, TINY_LABELS);
  const base = aTrainedManifest({ labels: TINY_LABELS, createdAt, metrics });
  const shape = { n: GOLDEN, height: SIDE, width: SIDE, classes: TINY_LABELS.length };
  const draft: Manifest = {
    ...base,
    golden: shape,
    classMeans: { classes: TINY_LABELS.length, features: FEATURES },
  };
  const files = new Map<string, Buffer>([
    [FILE.layersModel, Buffer.from(JSON.stringify(modelJson))],
    [FILE.weights, weights],
    [FILE.evaluation, Buffer.from(formatEvaluation(evaluation))],
    [FILE.metrics, Buffer.from(JSON.stringify({ heldBack: metrics }))],
  ]);
  files.set(FILE.calibration, Buffer.from(JSON.stringify(await calibrate(draft, files, pixels))));

  const converted = convertFiles(draft, files);
  const golden: Golden = {
    n: GOLDEN,
    pixels,
    probabilities: {
      float32: answer(pixels),
      int8: Float32Array.from(await answersOf(converted.int8, { n: GOLDEN, pixels })),
    },
  };
  files.set(FILE.golden, Buffer.from(encodeGolden(golden)));
  const row = new Float32Array(FEATURES).fill(1 / Math.sqrt(FEATURES));
  const means = Float32Array.from(TINY_LABELS.flatMap(() => [...row]));
  files.set(FILE.classMeans, Buffer.from(encodeClassMeans({ float32: means, int8: means })));

  const listed = [...files].map(([path, bytes]) => ({ path, bytes: bytes.length, sha256: sha256(bytes) }));
  const manifest: Manifest = {
    ...draft,
    version: makeVersion(new Date(createdAt), contentHash(listed)),
    files: listed,
    servable: { 'model.onnx': sha256(converted.float32), 'model.int8.onnx': sha256(converted.int8) },
    ...changes,
  };
  files.set(FILE.manifest, Buffer.from(formatManifest(manifest)));
  return { manifest, files };
}

/** The golden inputs of a tiny version and the trained model's answers, for comparing. */
export function goldenOf({ manifest, files }: TinyVersion): Golden {
  return decodeGolden(files.get(FILE.golden)!, manifest);
}

async function aNetwork(seed: number) {
  const kernel = (offset: number) => tf.initializers.varianceScaling({ scale: 4, seed: seed * 10 + offset });
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({
        inputShape: [SIDE, SIDE, 3],
        filters: 6,
        kernelSize: 3,
        padding: 'same',
        activation: 'relu6',
        kernelInitializer: kernel(1),
      }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.conv2d({
        filters: FEATURES,
        kernelSize: 3,
        activation: 'relu',
        kernelInitializer: kernel(2),
      }),
      tf.layers.globalAveragePooling2d({}),
      tf.layers.dense({ units: TINY_LABELS.length, activation: 'softmax', kernelInitializer: kernel(3) }),
    ],
  });
  let artifacts: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (saved) => {
      artifacts = saved;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  const { modelTopology, weightSpecs, weightData } = artifacts!;
  return {
    modelJson: {
      format: 'layers-model',
      modelTopology,
      weightsManifest: [{ paths: [FILE.weights], weights: weightSpecs }],
    },
    weights: Buffer.from(weightData as ArrayBuffer),
    answer: (pixels: Uint8Array) =>
      tf.tidy(() => {
        const scaled = tf.tensor4d(Float32Array.from(pixels), [GOLDEN, SIDE, SIDE, 3]).sub(127).div(128);
        return (model.predict(scaled) as tf.Tensor).dataSync() as Float32Array;
      }),
  };
}

async function calibrate(manifest: Manifest, files: Map<string, Buffer>, pixels: Uint8Array) {
  const model = readLayersModel(JSON.parse(files.get(FILE.layersModel)!.toString()), files);
  const { onnx, layers } = calibrationGraph(model, { input: manifest.input });
  const session = await loadSession(onnx);
  const outputs = await session.runAll(pixels, GOLDEN);
  await session.dispose();
  return Object.fromEntries(layers.map((layer) => [layer, ends(outputs, layer)]));
}

function ends(outputs: Record<string, Float32Array>, layer: string): number[] {
  return [outputs[`${layer}:min`]![0]!, outputs[`${layer}:max`]![0]!];
}

async function answersOf(onnx: Buffer, golden: Pick<Golden, 'n' | 'pixels'>): Promise<Float64Array> {
  const session = await loadSession(onnx);
  try {
    return await answerGolden(session, golden);
  } finally {
    await session.dispose();
  }
}
