/**
 * @module core/onnx/layers/convolution
 * Conv2D, DepthwiseConv2D and SeparableConv2D.
 */
import { LayerConfig, refuse } from '../config.ts';
import type { WeightTensor } from '../layers-model.ts';
import type { Lowering, Value } from '../lowering.ts';
import { withActivation } from './activation.ts';
import { geometryOf, pictureShape } from './geometry.ts';
import type { LayerType } from './layer-type.ts';

interface Convolution {
  /** [height, width, input channels of a group, output channels] */
  kernel: WeightTensor;
  bias?: Float32Array | undefined;
  groups: number;
  name: string;
}

const biasOf = (config: LayerConfig) => (config.boolean('use_bias', true) ? ['bias'] : []);

/** TensorFlow's [height, width, input, output] as ONNX's [output, input, height, width]. */
function outputFirst(values: Float32Array, [height, width, input, output]: readonly number[]): Float32Array {
  const area = height! * width!;
  const result = new Float32Array(values.length);
  let from = 0;
  for (let place = 0; place < area; place++) {
    for (let i = 0; i < input!; i++) {
      for (let o = 0; o < output!; o++) result[(o * input! + i) * area + place] = values[from++]!;
    }
  }
  return result;
}

function convolve(lowering: Lowering, config: LayerConfig, input: Value, convolution: Convolution): Value {
  const { kernel, bias, groups, name } = convolution;
  const [, , channels] = pictureShape(config, input.shape);
  const [height, width, perGroup, filters] = kernel.shape as [number, number, number, number];
  const fits = Number.isInteger(groups) && perGroup * groups === channels && filters % groups === 0;
  if (kernel.shape.length !== 4 || !fits || (bias && bias.length !== filters)) {
    throw refuse(
      config.layer,
      `a kernel of [${kernel.shape.join(', ')}] and a bias of ${bias?.length ?? 0} don't fit an input of ${channels} channels.`,
    );
  }
  const strides = config.pair('strides', 1);
  const dilations = config.pair('dilation_rate', 1);
  const geometry = geometryOf(config, input.shape, { kernel: [height, width], strides, dilations });
  const weights = {
    kernel: outputFirst(kernel.values, kernel.shape),
    dims: [filters, perGroup, height, width],
    channelAxis: 0,
    bias,
  };
  const output = lowering.graph.node('Conv', [input.name, ...lowering.weightInputs(input, weights, name)], {
    name,
    attributes: { kernel_shape: [height, width], strides, dilations, pads: geometry.pads, group: groups },
  });
  return { name: output, shape: [geometry.height, geometry.width, filters] };
}

/** [height, width, channels, multiplier] is a convolution of as many groups as channels: [height, width, 1, outputs]. */
function depthwiseKernel(
  config: LayerConfig,
  { shape, values }: WeightTensor,
  channels: number,
): WeightTensor {
  if (shape.length !== 4 || shape[2] !== channels) {
    throw refuse(
      config.layer,
      `its kernel has the shape [${shape.join(', ')}], its input ${channels} channels.`,
    );
  }
  config.requireSize('kernel_size', [shape[0]!, shape[1]!]);
  config.requireSize('depth_multiplier', shape[3]!);
  return { shape: [shape[0]!, shape[1]!, 1, shape[2]! * shape[3]!], values };
}

export const conv2d: LayerType = {
  foldsInto: 'kernel',
  takesPadding: true,
  weights: (config) => ['kernel', ...biasOf(config)],
  lower(layer, [input], lowering) {
    const config = new LayerConfig(layer);
    const kernel = lowering.weight(layer, 'kernel');
    if (kernel.shape.length === 4) {
      config.requireSize('kernel_size', [kernel.shape[0]!, kernel.shape[1]!]);
      config.requireSize('filters', kernel.shape[3]!);
    }
    const output = convolve(lowering, config, input!, {
      kernel,
      bias: biasOf(config).map((name) => lowering.weight(layer, name).values)[0],
      groups: config.number('groups', 1),
      name: layer.name,
    });
    return withActivation(lowering, layer, output);
  },
};

export const depthwiseConv2d: LayerType = {
  foldsInto: 'depthwise_kernel',
  takesPadding: true,
  weights: (config) => ['depthwise_kernel|kernel', ...biasOf(config)],
  lower(layer, [input], lowering) {
    const config = new LayerConfig(layer);
    const [, , channels] = pictureShape(config, input!.shape);
    if (config.pair('dilation_rate', 1).some((rate) => rate !== 1)) {
      throw refuse(
        layer,
        'TensorFlow.js (4.22) ignores its dilation_rate, Keras does not: the two differ. Use SeparableConv2D, where both keep to it.',
      );
    }
    const output = convolve(lowering, config, input!, {
      kernel: depthwiseKernel(config, lowering.weight(layer, 'depthwise_kernel'), channels),
      bias: biasOf(config).map((name) => lowering.weight(layer, name).values)[0],
      groups: channels,
      name: layer.name,
    });
    return withActivation(lowering, layer, output);
  },
};

/** A depthwise convolution without bias, then one of 1x1. */
export const separableConv2d: LayerType = {
  foldsInto: 'pointwise_kernel',
  takesPadding: true,
  weights: (config) => ['depthwise_kernel', 'pointwise_kernel', ...biasOf(config)],
  lower(layer, [input], lowering) {
    const config = new LayerConfig(layer);
    const [, , channels] = pictureShape(config, input!.shape);
    const part = '/depthwise';
    const depthwise = convolve(lowering, config, input!, {
      kernel: depthwiseKernel(config, lowering.weight(layer, 'depthwise_kernel'), channels),
      groups: channels,
      name: layer.name + part,
    });
    const pointwiseKernel = lowering.weight(layer, 'pointwise_kernel');
    config.requireSize('filters', pointwiseKernel.shape.at(-1) ?? 0);
    const pointwise = new LayerConfig({ ...layer, config: {} });
    const output = convolve(lowering, pointwise, lowering.point(depthwise, layer, part), {
      kernel: pointwiseKernel,
      bias: biasOf(config).map((name) => lowering.weight(layer, name).values)[0],
      groups: 1,
      name: layer.name,
    });
    return withActivation(lowering, layer, output);
  },
};
