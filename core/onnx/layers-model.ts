/**
 * @module core/onnx/layers-model
 * Reads a TensorFlow.js layers model (`model.json` and its shards) into plain layers and float32 weights,
 * without TensorFlow.js.
 */
import { InvalidModelError } from '../errors.ts';
import { readTopology } from './topology.ts';
import { resolveWeights } from './weight-names.ts';
import { readWeights, type WeightsGroup } from './weights-manifest.ts';

/** Values in the order that TensorFlow keeps them: the last axis runs fastest. */
export interface WeightTensor {
  shape: readonly number[];
  values: Float32Array;
}

/** One layer; `inputs` are the names of the layers that feed it. Layers of a nested model are called `outer/inner`. */
export interface Layer {
  name: string;
  className: string;
  config: Record<string, unknown>;
  inputs: string[];
}

/** A network of one input and one output. The weights' keys are `layer/kernel`, `layer/bias` and so on. */
export interface LayersModel {
  /** Each after the ones that feed it. */
  layers: Layer[];
  /** The name of the layer that gives the network's answer. */
  outputs: string;
  weights: ReadonlyMap<string, WeightTensor>;
}

/**
 * Reads a layers model.
 *
 * @param modelJson the parsed `model.json`: `modelTopology`, `weightsManifest`, `format: 'layers-model'`
 * @param shards the bytes of each file that the weights manifest names, by that name
 * @throws {InvalidModelError} for a graph model, a topology that makes no sense, a shard that is missing or
 *   has another length than the manifest says, or a weight that can't be told
 */
export function readLayersModel(modelJson: unknown, shards: ReadonlyMap<string, Uint8Array>): LayersModel {
  const { modelTopology, weightsManifest, format } = (modelJson ?? {}) as Record<string, unknown>;
  if (format !== undefined && format !== null && format !== 'layers-model') {
    throw new InvalidModelError(
      `model.json has the format ${JSON.stringify(format)}; only 'layers-model' can be converted. Save it by model.save() of TensorFlow.js, or convert the Keras file with --output_format=tfjs_layers_model.`,
    );
  }
  if (modelTopology === undefined || modelTopology === null) {
    throw new InvalidModelError('model.json has no modelTopology: it is no TensorFlow.js layers model.');
  }
  if (!Array.isArray(weightsManifest)) {
    throw new InvalidModelError('model.json has no weightsManifest: the files of the weights are unknown.');
  }
  const { layers, output } = readTopology(modelTopology);
  const stored = readWeights(weightsManifest as WeightsGroup[], shards);
  return { layers, outputs: output, weights: resolveWeights(layers, stored) };
}
