/**
 * @module tests/helpers/layers-models
 * Layers models to convert: TensorFlow.js models as `model.save` writes them, and the base networks of the shared folder.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Layer, LayersModel, WeightTensor } from '../../core/onnx/layers-model.ts';

/** The base networks' folder; tests that need it skip where it is absent. */
export const BASES = join(__dirname, '../../../shared/models');

interface BaseLayer {
  op: string;
  stride: number;
  relu6: boolean;
  w: string;
  b: string;
  block_input?: boolean;
  add_block_input?: boolean;
}

/** The float32 values and the shape of a .npy file, version 1, C order. */
function readNpy(path: string): { shape: number[]; values: Float32Array } {
  const bytes = readFileSync(path);
  const start = 10 + bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', 10, start);
  if (!header.includes("'<f4'") || header.includes("'fortran_order': True"))
    throw new Error(`${path}: ${header}`);
  const shape = [.../\(([^)]*)\)/.exec(header)![1]!.matchAll(/\d+/g)].map(Number);
  return {
    shape,
    values: new Float32Array(bytes.buffer.slice(bytes.byteOffset + start, bytes.byteOffset + bytes.length)),
  };
}

/** [output, height, width, input] as TensorFlow's [height, width, input, output]. */
function outputLast({ shape, values }: { shape: number[]; values: Float32Array }): WeightTensor {
  const [outputs, ...rest] = shape as [number, number, number, number];
  const size = values.length / outputs;
  const result = values.map((_, index) => values[(index % outputs) * size + Math.floor(index / outputs)]!);
  return { shape: [...rest, outputs], values: result };
}

/** A base network without its classifier, ending in the global average, as a layers model for pictures of any size. */
export function readBase(name: string): LayersModel {
  const folder = join(BASES, name);
  const list: BaseLayer[] = JSON.parse(readFileSync(join(folder, 'layers.json'), 'utf8'));
  const weights = new Map<string, WeightTensor>();
  const layers: Layer[] = [
    { name: 'input', className: 'InputLayer', config: { batch_shape: [null, null, null, 3] }, inputs: [] },
  ];
  let block = '';
  const steps = list.filter((item) => item.op !== 'global_average_pool');
  steps.forEach((item, index) => {
    const previous = layers.at(-1)!.name;
    if (item.block_input) block = previous;
    const isDepthwise = item.op.startsWith('depthwise');
    const layer = `${String(index).padStart(3, '0')}_${item.op}`;
    const kernel = readNpy(join(folder, 'weights', item.w));
    const depthwise = { shape: [...kernel.shape.slice(1), 1], values: kernel.values };
    weights.set(
      `${layer}/${isDepthwise ? 'depthwise_kernel' : 'kernel'}`,
      isDepthwise ? depthwise : outputLast(kernel),
    );
    weights.set(`${layer}/bias`, readNpy(join(folder, 'weights', item.b)));
    layers.push({
      name: layer,
      className: isDepthwise ? 'DepthwiseConv2D' : 'Conv2D',
      config: { strides: item.stride, padding: 'same', activation: item.relu6 ? 'relu6' : 'linear' },
      inputs: [previous],
    });
    if (item.add_block_input)
      layers.push({ name: `${layer}_add`, className: 'Add', config: {}, inputs: [block, layer] });
  });
  layers.push({
    name: 'pool',
    className: 'GlobalAveragePooling2D',
    config: {},
    inputs: [layers.at(-1)!.name],
  });
  return { layers, outputs: 'pool', weights };
}
