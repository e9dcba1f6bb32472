/**
 * @module training/version/reference
 * What TensorFlow.js itself answers from a version's files: the proof that a conversion is held against.
 */
import type { io, Tensor } from '@tensorflow/tfjs';
import type { ModelInput } from '../../core/manifest.ts';
import type { TensorFlow } from '../engine.ts';

interface SavedModel {
  modelTopology: object;
  weightsManifest: { weights: io.WeightsManifestEntry[] }[];
}

/**
 * Probabilities, n·C, that the layers model in `modelJson` and `weightsBin` gives for n pictures, loaded and run
 * by TensorFlow.js. `pixels` holds n·height·width·3 bytes; they are scaled as `input` says.
 */
export async function answerWithTensorFlow(
  tf: TensorFlow,
  { modelJson, weightsBin }: { modelJson: string; weightsBin: Uint8Array },
  { pixels, n, input }: { pixels: Uint8Array; n: number; input: ModelInput },
): Promise<Float32Array> {
  const { modelTopology, weightsManifest } = JSON.parse(modelJson) as SavedModel;
  const weightData = new Uint8Array(weightsBin).buffer;
  const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
  const model = await tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
  const { width, height, scaling } = input;
  const size = width * height * 3;
  const answers: Float32Array[] = [];
  try {
    // One at a time, as in serving; eight at once would need eight times the memory, too.
    for (let i = 0; i < n; i++) {
      const picture = Float32Array.from(pixels.subarray(i * size, (i + 1) * size));
      const answer = tf.tidy(() => {
        const scaled = tf
          .tensor4d(picture, [1, height, width, 3])
          .sub(tf.tensor1d(scaling.mean))
          .div(tf.tensor1d(scaling.std));
        return (model.predict(scaled) as Tensor).dataSync();
      });
      answers.push(Float32Array.from(answer));
    }
  } finally {
    model.dispose();
  }
  const classes = answers[0]!.length;
  const all = new Float32Array(n * classes);
  for (const [i, answer] of answers.entries()) all.set(answer, i * classes);
  return all;
}
