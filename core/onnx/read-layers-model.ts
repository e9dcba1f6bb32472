/**
 * @module core/onnx/read-layers-model
 * Reads a TensorFlow.js layers model (`model.json` and its shards).
 */
import { InvalidModelError } from '../errors.ts';
import type { LayersModel } from './layers-model.ts';
import { readTopology } from './topology.ts';
import { resolveWeights } from './weight-names.ts';
import { readWeights, type WeightsGroup } from './weights-manifest.ts';

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
