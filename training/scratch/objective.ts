/**
 * @module training/scratch/objective
 * The network as TensorFlow.js trains it, its loss and the gradients.
 */
import type { LayersModel, NamedTensorMap, Scalar, Tensor2D, Tensor4D, Variable } from '@tensorflow/tfjs';
import type { TensorFlow } from '../engine.ts';
import { encodeNetwork } from '../network/model-files.ts';
import { addHead, HEAD, type Network } from '../network/network.ts';
import { drawWeights } from './initial-weights.ts';

/** `base` with its softmax layer still linear, since the loss is computed on logits: log(softmax) overflows. */
export async function loadTrainable(
  tf: TensorFlow,
  base: Network,
  { classes, seed }: { classes: number; seed: number },
): Promise<LayersModel> {
  const features = base.weights.at(-1)!.shape.at(-1)!;
  const kernel = drawWeights(`${HEAD}/kernel`, [features, classes], seed).values;
  const network = addHead(base, { kernel, bias: new Float32Array(classes), features });
  network.topology.config.layers.at(-1)!.config.activation = 'linear';
  const { modelJson, weightsBin } = encodeNetwork(network, 'float32');
  const { modelTopology, weightsManifest } = JSON.parse(modelJson);
  const weightData = new Uint8Array(weightsBin).buffer;
  const weightSpecs = weightsManifest[0].weights;
  return tf.loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
}

/**
 * The loss -sum(truth * log softmax(logits)) / n of a batch, its gradient by each of the model's variables, and the logits
 * [n, C]. `x` holds scaled pixels [n, H, W, 3], `truth` what each class counts for each picture, [n, C]: for
 * one 1 and else 0 the loss is sparse cross-entropy. The caller disposes of what comes back.
 */
export function evaluateBatch(
  tf: TensorFlow,
  model: LayersModel,
  { x, truth }: { x: Tensor4D; truth: Tensor2D },
): { value: Scalar; grads: NamedTensorMap; logits: Tensor2D } {
  const variables = model.weights.map((weight) => weight.read() as Variable);
  let logits: Tensor2D | undefined;
  const { value, grads } = tf.variableGrads(() => {
    logits = tf.keep(model.apply(x, { training: true }) as Tensor2D);
    return tf.logSoftmax(logits).mul(truth).sum().div(-x.shape[0]).asScalar();
  }, variables);
  return { value, grads, logits: logits! };
}
