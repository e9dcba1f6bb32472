/**
 * @module training/network/model-files
 * `model.json` and `weights.bin`: a network as plain TensorFlow.js loads it.
 */
import { InvalidModelError } from '../../core/errors.ts';
import { FILE } from '../../core/manifest.ts';
import type { WeightSpec } from '../../core/onnx/dtypes.ts';
import { readWeights, type WeightsGroup } from '../../core/onnx/weights-manifest.ts';
import { float16Bits } from './float16.ts';
import type { Network, Topology, WeightType } from './network.ts';

interface ModelJson {
  modelTopology: Topology | { model_config: Topology };
  weightsManifest: WeightsGroup[];
}

/** The two files of a network. Weights of type float16 must have been rounded to it before. */
export function encodeNetwork(
  { topology, weights }: Network,
  type: WeightType,
): { modelJson: string; weightsBin: Uint8Array } {
  const specs = weights.map(({ name, shape }): WeightSpec => {
    const spec = { name, shape, dtype: 'float32' };
    return type === 'float32'
      ? spec
      : { ...spec, quantization: { dtype: 'float16', original_dtype: 'float32' } };
  });
  const modelJson = {
    format: 'layers-model',
    generatedBy: 'Pawprint',
    convertedBy: null,
    modelTopology: { keras_version: 'tfjs-layers 4.22.0', backend: 'tensor_flow.js', model_config: topology },
    weightsManifest: [{ paths: [FILE.weights], weights: specs }],
  };
  const blocks = weights.map(({ values }) =>
    type === 'float32' ? float32Bytes(values) : float16Bytes(values),
  );
  return { modelJson: `${JSON.stringify(modelJson)}\n`, weightsBin: Buffer.concat(blocks) };
}

/**
 * A network from its files; `shards` are the files that the weights manifest names. Throws
 * {@link InvalidModelError} for a topology that can't be trained on, and for bad weights.
 */
export function decodeNetwork(modelJson: unknown, shards: ReadonlyMap<string, Uint8Array>): Network {
  const { modelTopology, weightsManifest } = modelJson as ModelJson;
  const topology = 'model_config' in modelTopology ? modelTopology.model_config : modelTopology;
  if (topology.class_name !== 'Functional' && topology.class_name !== 'Model') {
    throw new InvalidModelError(`The base is a ${topology.class_name}; a base must be a Functional model.`);
  }
  return { topology, weights: readWeights(weightsManifest, shards) };
}

/** Paths of the weight files that a `model.json` names. */
export function shardPaths(modelJson: unknown): string[] {
  return (modelJson as ModelJson).weightsManifest.flatMap(({ paths }) => paths);
}

function float16Bytes(values: Float32Array): Uint8Array {
  const bytes = Buffer.alloc(values.length * 2);
  values.forEach((value, i) => {
    bytes.writeUInt16LE(float16Bits(value), i * 2);
  });
  return bytes;
}

function float32Bytes(values: Float32Array): Uint8Array {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => {
    bytes.writeFloatLE(value, i * 4);
  });
  return bytes;
}
