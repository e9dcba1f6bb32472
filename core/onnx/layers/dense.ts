/**
 * @module core/onnx/layers/dense
 * Dense: on a vector a Gemm, on a picture a convolution of 1x1 (Dense works on the last axis, the channels).
 */
import { LayerConfig, refuse } from '../config.ts';
import { withActivation } from './activation.ts';
import type { LayerType } from './layer-type.ts';

const biasOf = (config: LayerConfig) => (config.boolean('use_bias', true) ? ['bias'] : []);

/** [input, units] as [units, input]. */
function transposed(values: Float32Array, input: number, units: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let i = 0; i < input; i++) {
    for (let u = 0; u < units; u++) result[u * input + i] = values[i * units + u]!;
  }
  return result;
}

export const dense: LayerType = {
  foldsInto: 'kernel',
  weights: (config) => ['kernel', ...biasOf(config)],
  lower(layer, [value], lowering) {
    const input = value!;
    const { shape, values } = lowering.weight(layer, 'kernel');
    const bias = biasOf(new LayerConfig(layer)).map((name) => lowering.weight(layer, name).values)[0];
    const [size, units] = shape as [number, number];
    const fits = shape.length === 2 && input.shape.at(-1) === size && (!bias || bias.length === units);
    const isVector = input.shape.length === 1;
    const isPicture = input.shape.length === 3;
    if (!fits || !(isVector || isPicture)) {
      throw refuse(
        layer,
        `a kernel of [${shape.join(', ')}] and a bias of ${bias?.length ?? 0} don't fit an input of [${input.shape.join(', ')}]; it takes a vector or a picture.`,
      );
    }
    new LayerConfig(layer).requireSize('units', units);
    const weights = isVector
      ? { kernel: values, dims: [size, units], channelAxis: 1, bias }
      : { kernel: transposed(values, size, units), dims: [units, size, 1, 1], channelAxis: 0, bias };
    const inputs = [input.name, ...lowering.weightInputs(input, weights, layer.name)];
    const name = lowering.graph.node(isVector ? 'Gemm' : 'Conv', inputs, { name: layer.name });
    return withActivation(lowering, layer, { name, shape: [...input.shape.slice(0, -1), units] });
  },
};
