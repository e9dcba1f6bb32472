/**
 * @module core/onnx/layers/table
 * The classes of layers that can be converted. A new one is a file beside this and a line here.
 */
import { InvalidModelError } from '../../errors.ts';
import type { Layer } from '../layers-model.ts';
import { activation, softmax } from './activation.ts';
import { conv2d, depthwiseConv2d, separableConv2d } from './convolution.ts';
import { dense } from './dense.ts';
import { identity } from './identity.ts';
import type { LayerType } from './layer-type.ts';
import { add, average, concatenate, maximum, minimum, multiply, subtract } from './merge.ts';
import { batchNormalization, normalization, rescaling } from './normalization.ts';
import { averagePooling2d, globalAveragePooling2d, globalMaxPooling2d, maxPooling2d } from './pooling.ts';
import { elu, leakyRelu, prelu, relu, thresholdedRelu } from './rectifiers.ts';
import { flatten, reshapeLayer, zeroPadding2d } from './shape.ts';

/** By class name, as Keras and TensorFlow.js write it. InputLayer is the network's own business. */
export const LAYER_TYPES: Readonly<Record<string, LayerType>> = {
  Conv2D: conv2d,
  DepthwiseConv2D: depthwiseConv2d,
  SeparableConv2D: separableConv2d,
  BatchNormalization: batchNormalization,
  Dense: dense,
  Activation: activation,
  ReLU: relu,
  LeakyReLU: leakyRelu,
  PReLU: prelu,
  ThresholdedReLU: thresholdedRelu,
  ELU: elu,
  Softmax: softmax,
  Add: add,
  Subtract: subtract,
  Multiply: multiply,
  Average: average,
  Maximum: maximum,
  Minimum: minimum,
  Concatenate: concatenate,
  MaxPooling2D: maxPooling2d,
  AveragePooling2D: averagePooling2d,
  GlobalAveragePooling2D: globalAveragePooling2d,
  GlobalMaxPooling2D: globalMaxPooling2d,
  Flatten: flatten,
  Reshape: reshapeLayer,
  ZeroPadding2D: zeroPadding2d,
  Rescaling: rescaling,
  Normalization: normalization,
  Dropout: identity,
  SpatialDropout2D: identity,
  AlphaDropout: identity,
  GaussianDropout: identity,
  GaussianNoise: identity,
  ActivityRegularization: identity,
  RandomBrightness: identity,
  RandomContrast: identity,
  RandomFlip: identity,
  RandomHeight: identity,
  RandomRotation: identity,
  RandomTranslation: identity,
  RandomWidth: identity,
  RandomZoom: identity,
};

/** The type of a layer. Throws {@link InvalidModelError} that names layer, class and the classes known. */
export function layerType(layer: Layer): LayerType {
  if (Object.hasOwn(LAYER_TYPES, layer.className)) return LAYER_TYPES[layer.className]!;
  throw new InvalidModelError(
    `Layer "${layer.name}" is of the class ${layer.className}, which can't be converted. Known classes: InputLayer, ${Object.keys(LAYER_TYPES).join(', ')}. Build the network from these, or bake the layer's work into the weights.`,
  );
}
