/**
 * @module training/fine-tune/operations
 * What the layers of the upper part compute, and their gradients, written out.
 *
 * TensorFlow.js' own gradients give the same numbers, but keep every tensor to the end of the step, convert relu6 by
 * comparisons and casts of whole tensors, and convolve where a product of matrices does: on EfficientNet-Lite2 at
 * 260 pixels that is half the speed and four times the memory.
 */
import type { Tensor, Tensor2D, Tensor4D } from '@tensorflow/tfjs';
import { ConfigurationError } from '../../core/errors.ts';
import { LayerConfig } from '../../core/onnx/config.ts';
import type { Layer } from '../../core/onnx/layers-model.ts';
import type { TensorFlow } from '../engine.ts';
import { type ActivationGradient, openActivationGradient } from './activation-gradient.ts';

/** The weights of the upper part by their full names, `conv_012/kernel` say. */
export type WeightTensors = ReadonlyMap<string, Tensor>;

export interface BackwardOptions {
  /** Of the loss by the output. */
  gradient: Tensor;
  inputs: Tensor[];
  output: Tensor;
  weights: WeightTensors;
  /** False where nothing before it is trained: the gradients by the inputs are left out then. */
  wantsInputs: boolean;
}

export interface Backward {
  /** By each input, in order; empty unless they were wanted. */
  inputs: Tensor[];
  /** By each trained weight, by its full name. */
  weights: Record<string, Tensor>;
}

/** One layer. Both functions leave what they are given alone; the caller disposes of what they return. */
export interface Operation {
  name: string;
  inputs: string[];
  /** Full names of the weights that are trained, and of those that stay as they are. */
  trained: string[];
  frozen: string[];
  forward(inputs: Tensor[], weights: WeightTensors): Tensor;
  backward(options: BackwardOptions): Backward;
}

/** The operation of a layer. Throws {@link ConfigurationError} for one that can't be trained through. */
export function openOperation(tf: TensorFlow, layer: Layer): Operation {
  const shared = { name: layer.name, inputs: layer.inputs };
  switch (layer.className) {
    case 'Add':
      return { ...shared, trained: [], frozen: [], ...addition(tf) };
    case 'GlobalAveragePooling2D':
      return { ...shared, trained: [], frozen: [], ...globalAverage(tf) };
    case 'Conv2D':
    case 'DepthwiseConv2D':
      return { ...shared, ...convolution(tf, layer) };
    default:
      throw new ConfigurationError(`--fine-tune can't train through the ${layer.className} ${layer.name}.`);
  }
}

type Functions = Pick<Operation, 'forward' | 'backward'>;

function addition(tf: TensorFlow): Functions {
  return {
    forward: (inputs) => tf.addN(inputs),
    backward: ({ gradient, inputs, wantsInputs }) => ({
      inputs: wantsInputs ? inputs.map(() => gradient.clone()) : [],
      weights: {},
    }),
  };
}

/** The mean over rows and columns: [N, H, W, C] to [N, C]. */
function globalAverage(tf: TensorFlow): Functions {
  return {
    forward: ([x]) => tf.mean(x!, [1, 2]),
    backward: ({ gradient, inputs: [x], wantsInputs }) => {
      const [n, height, width, channels] = (x as Tensor4D).shape;
      const spread = () =>
        tf.tidy(() =>
          gradient
            .div(height * width)
            .reshape([n, 1, 1, channels])
            .tile([1, height, width, 1]),
        );
      return { inputs: wantsInputs ? [spread()] : [], weights: {} };
    },
  };
}

/**
 * A convolution with its bias and activation. A depthwise kernel stays as it is, only its bias is trained: its gradient
 * costs more time than all the others of a block, and fine-tuning gains nothing by it.
 */
function convolution(tf: TensorFlow, layer: Layer): Omit<Operation, 'name' | 'inputs'> {
  const config = new LayerConfig(layer);
  const isDepthwise = layer.className === 'DepthwiseConv2D';
  const kernel = `${layer.name}/${isDepthwise ? 'depthwise_kernel' : 'kernel'}`;
  const bias = config.boolean('use_bias', true) ? `${layer.name}/bias` : null;
  const isPlain =
    config.pair('dilation_rate', 1).every((rate) => rate === 1) && config.number('groups', 1) === 1;
  if (!isPlain) throw new ConfigurationError(`--fine-tune can't train through ${layer.name}: it is dilated.`);
  const geometry: Geometry = {
    strides: config.pair('strides', 1),
    pad: config.word('padding', 'valid') === 'same' ? 'same' : 'valid',
  };
  const isPointwise =
    !isDepthwise &&
    config.pair('kernel_size', 1).every((size) => size === 1) &&
    geometry.strides.every((stride) => stride === 1);
  const linear = isDepthwise ? depthwise(tf, geometry) : isPointwise ? pointwise(tf) : spatial(tf, geometry);
  const activation = config.activation();
  const activate = openActivation(tf, activation, layer.name);
  const activationGradient: ActivationGradient = openActivationGradient(tf, activation);
  return {
    trained: [...(isDepthwise ? [] : [kernel]), ...(bias ? [bias] : [])],
    frozen: isDepthwise ? [kernel] : [],
    forward: ([x], weights) =>
      tf.tidy(() => {
        const product = linear.forward(x as Tensor4D, weights.get(kernel) as Tensor4D);
        return activate(bias ? product.add(weights.get(bias)!) : product);
      }),
    backward: ({ gradient, inputs: [x], output, weights, wantsInputs }) =>
      tf.tidy(() => {
        const dy = activationGradient(gradient, output) as Tensor4D;
        const w = weights.get(kernel) as Tensor4D;
        const channels = dy.shape[3];
        return {
          inputs: wantsInputs ? [linear.byInput(x as Tensor4D, w, dy)] : [],
          weights: {
            ...(linear.byKernel ? { [kernel]: linear.byKernel(x as Tensor4D, w, dy) } : {}),
            ...(bias ? { [bias]: dy.reshape([-1, channels]).sum(0) } : {}),
          },
        };
      }),
  };
}

interface Geometry {
  strides: [number, number];
  pad: 'same' | 'valid';
}

/** What a convolution does before bias and activation: linear in its input `x` and in its kernel `w`. */
interface Linear {
  forward(x: Tensor4D, w: Tensor4D): Tensor4D;
  /** `dy` is the gradient by the output. */
  byInput(x: Tensor4D, w: Tensor4D, dy: Tensor4D): Tensor4D;
  byKernel?(x: Tensor4D, w: Tensor4D, dy: Tensor4D): Tensor4D;
}

/** 1x1, stride 1: the pixels of all pictures are the rows of a matrix. */
function pointwise(tf: TensorFlow): Linear {
  const rows = (x: Tensor4D): Tensor2D => x.reshape([-1, x.shape[3]]);
  const matrix = (w: Tensor4D): Tensor2D => w.reshape([w.shape[2], w.shape[3]]);
  return {
    forward: (x, w) =>
      tf.matMul(rows(x), matrix(w)).reshape([x.shape[0], x.shape[1], x.shape[2], w.shape[3]]),
    byInput: (x, w, dy) => tf.matMul(rows(dy), matrix(w), false, true).reshape(x.shape),
    byKernel: (x, w, dy) => tf.matMul(rows(x), rows(dy), true, false).reshape(w.shape),
  };
}

function spatial(tf: TensorFlow, { strides, pad }: Geometry): Linear {
  const attributes = { strides, pad, dataFormat: 'NHWC' };
  return {
    forward: (x, w) => tf.conv2d(x, w, strides, pad),
    byInput: (x, w, dy) =>
      runKernel(tf, 'Conv2DBackpropInput', { dy, filter: w }, { ...attributes, inputShape: x.shape }),
    byKernel: (x, w, dy) =>
      runKernel(tf, 'Conv2DBackpropFilter', { x, dy }, { ...attributes, filterShape: w.shape }),
  };
}

function depthwise(tf: TensorFlow, { strides, pad }: Geometry): Linear {
  return {
    forward: (x, w) => tf.depthwiseConv2d(x, w, strides, pad),
    byInput: (x, w, dy) =>
      runKernel(
        tf,
        'DepthwiseConv2dNativeBackpropInput',
        { dy, filter: w },
        { strides, pad, dilations: [1, 1], inputShape: x.shape },
      ),
  };
}

/** TensorFlow.js has these gradients as kernels, but no public function for them. */
function runKernel(
  tf: TensorFlow,
  name: string,
  inputs: Record<string, Tensor>,
  attributes: object,
): Tensor4D {
  return tf.engine().runKernel(name, inputs, attributes as never) as Tensor4D;
}

function openActivation(tf: TensorFlow, activation: string, layer: string): (x: Tensor) => Tensor {
  if (activation === 'linear') return (x) => x;
  if (activation === 'relu') return (x) => tf.relu(x);
  if (activation === 'relu6') return (x) => tf.relu6(x);
  throw new ConfigurationError(
    `--fine-tune can't train through ${layer}: its activation is ${activation}; linear, relu and relu6 can be.`,
  );
}
