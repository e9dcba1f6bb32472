/**
 * @module training/base/layers-json
 * A base network kept as `layers.json` and a folder of `.npy` files, as a TensorFlow.js layers model.
 */
import { InvalidModelError } from '../../core/errors.ts';
import {
  inputLayer,
  type LayerJson,
  layerJson,
  type Network,
  topologyOf,
  type Weight,
  ZEROS,
} from '../network/network.ts';
import { readNpy } from './npy.ts';

/** One step of `layers.json`. Steps follow each other; residuals start and end where they are marked. */
export interface Step {
  op: string;
  stride?: number;
  relu6?: boolean;
  w?: string;
  b?: string;
  block_input?: boolean;
  add_block_input?: boolean;
}

/**
 * The network of `steps`; `weightFile` gives the bytes of a file of the `weights` folder. Kernels come as
 * [out, height, width, in], depthwise ones as [1, height, width, channels]; TensorFlow.js has
 * [height, width, in, out] and [height, width, channels, 1]. Throws {@link InvalidModelError} for an
 * operation that is unknown.
 */
export async function networkOfSteps(
  steps: readonly Step[],
  {
    name,
    size,
    weightFile,
  }: {
    name: string;
    size: { width: number; height: number };
    weightFile: (file: string) => Promise<Uint8Array>;
  },
): Promise<Network> {
  const layers: LayerJson[] = [inputLayer(size)];
  const weights: Weight[] = [];
  const add = (layer: LayerJson) => {
    layers.push(layer);
    return layer.name;
  };
  let current = layers[0]!.name;
  let blockInput = current;
  for (const [index, step] of steps.entries()) {
    const number = String(index).padStart(3, '0');
    if (step.block_input) blockInput = current;
    if (step.op === 'global_average_pool') {
      current = add(layerJson('GlobalAveragePooling2D', { name: 'features' }, [current]));
      continue;
    }
    const kind = /^(conv|depthwise)(\d)x\2$/.exec(step.op)?.[1];
    if (!kind) throw new InvalidModelError(`layers.json has the unknown operation ${step.op} at ${index}.`);
    const kernel = readNpy(await weightFile(step.w!), step.w!);
    const bias = readNpy(await weightFile(step.b!), step.b!);
    const isDepthwise = kind === 'depthwise';
    const layerName = `${kind}_${number}`;
    const [first, height, width, last] = kernel.shape as [number, number, number, number];
    const shared = {
      name: layerName,
      kernel_size: [height, width],
      strides: [step.stride ?? 1, step.stride ?? 1],
      padding: 'same',
      data_format: 'channels_last',
      activation: step.relu6 ? 'relu6' : 'linear',
      use_bias: true,
      bias_initializer: ZEROS,
    };
    const config = isDepthwise
      ? { ...shared, depth_multiplier: 1, depthwise_initializer: ZEROS }
      : { ...shared, filters: first, kernel_initializer: ZEROS };
    current = add(layerJson(isDepthwise ? 'DepthwiseConv2D' : 'Conv2D', config, [current]));
    weights.push(
      isDepthwise
        ? { name: `${layerName}/depthwise_kernel`, shape: [height, width, last, 1], values: kernel.values }
        : {
            name: `${layerName}/kernel`,
            shape: [height, width, last, first],
            values: moveFirstAxisLast(kernel.values, first),
          },
      { name: `${layerName}/bias`, shape: bias.shape, values: bias.values },
    );
    if (step.add_block_input)
      current = add(layerJson('Add', { name: `add_${number}` }, [blockInput, current]));
  }
  return { topology: topologyOf(name, layers), weights };
}

/** A matrix of `rows` rows, transposed: [out, …] as […, out]. */
function moveFirstAxisLast(values: Float32Array, rows: number): Float32Array {
  const columns = values.length / rows;
  const moved = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      moved[column * rows + row] = values[row * columns + column]!;
  }
  return moved;
}
