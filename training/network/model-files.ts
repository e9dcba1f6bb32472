/**
 * @module training/network/model-files
 * `model.json` and `weights.bin`: a network as plain TensorFlow.js loads it.
 */
import { InvalidModelError } from '../../core/errors.ts';
import { FILE } from '../../core/manifest.ts';
import { float16Bits, float16Value } from './float16.ts';
import type { Network, Topology, Weight, WeightType } from './network.ts';

interface WeightSpec {
  name: string;
  shape: number[];
  dtype: string;
  quantization?: { dtype: string; original_dtype?: string };
}

interface ModelJson {
  modelTopology: Topology | { model_config: Topology };
  weightsManifest: { paths: string[]; weights: WeightSpec[] }[];
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
 * {@link InvalidModelError} for a topology or a type of weights that can't be trained on.
 */
export function decodeNetwork(modelJson: unknown, shards: ReadonlyMap<string, Uint8Array>): Network {
  const { modelTopology, weightsManifest } = modelJson as ModelJson;
  const topology = 'model_config' in modelTopology ? modelTopology.model_config : modelTopology;
  if (topology.class_name !== 'Functional' && topology.class_name !== 'Model') {
    throw new InvalidModelError(`The base is a ${topology.class_name}; a base must be a Functional model.`);
  }
  const weights = weightsManifest.flatMap(({ paths, weights: specs }) => {
    const bytes = Buffer.concat(paths.map((path) => shardOf(shards, path)));
    let offset = 0;
    return specs.map((spec) => {
      const length = spec.shape.reduce((a, b) => a * b, 1);
      const size = bytesPerValue(spec) * length;
      if (offset + size > bytes.length) {
        throw new InvalidModelError(`${paths.join(', ')}: ${bytes.length} bytes, too few for ${spec.name}.`);
      }
      const values = decodeValues(bytes.subarray(offset, offset + size), bytesPerValue(spec));
      offset += size;
      return { name: spec.name, shape: spec.shape, values } satisfies Weight;
    });
  });
  return { topology, weights };
}

/** Paths of the weight files that a `model.json` names. */
export function shardPaths(modelJson: unknown): string[] {
  return (modelJson as ModelJson).weightsManifest.flatMap(({ paths }) => paths);
}

function bytesPerValue({ name, dtype, quantization }: WeightSpec): 2 | 4 {
  if (quantization?.dtype === 'float16') return 2;
  if (!quantization && dtype === 'float32') return 4;
  throw new InvalidModelError(
    `${name} is saved as ${quantization?.dtype ?? dtype}; float32 and float16 are read.`,
  );
}

function decodeValues(bytes: Buffer, size: 2 | 4): Float32Array {
  return Float32Array.from({ length: bytes.length / size }, (_, i) =>
    size === 2 ? float16Value(bytes.readUInt16LE(i * 2)) : bytes.readFloatLE(i * 4),
  );
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

function shardOf(shards: ReadonlyMap<string, Uint8Array>, path: string): Uint8Array {
  const bytes = shards.get(path);
  if (!bytes) throw new InvalidModelError(`The weight file ${path} is missing.`);
  return bytes;
}
