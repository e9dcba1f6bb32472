/**
 * @module core/onnx/layers/pooling
 * Pooling over windows and over whole pictures.
 */
import { LayerConfig } from '../config.ts';
import { geometryOf, pictureShape } from './geometry.ts';
import type { LayerType } from './layer-type.ts';

/** ONNX leaves padding out of maximum and average alike (`count_include_pad` 0), as TensorFlow does. */
function windowPooling(opType: string, keepsValues: boolean): LayerType {
  return {
    keepsValues,
    lower(layer, [input], { graph }) {
      const config = new LayerConfig(layer);
      const [, , channels] = pictureShape(config, input!.shape);
      const kernel = config.pair('pool_size', 2);
      const strides = config.pair('strides', kernel);
      const { pads, height, width } = geometryOf(config, input!.shape, { kernel, strides });
      const attributes = { kernel_shape: kernel, strides, pads };
      return {
        name: graph.node(opType, [input!.name], { name: layer.name, attributes }),
        shape: [height, width, channels],
      };
    },
  };
}

function globalPooling(opType: string): LayerType {
  return {
    lower(layer, [input], { graph }) {
      const config = new LayerConfig(layer);
      const [, , channels] = pictureShape(config, input!.shape);
      const pooled = graph.node(opType, [input!.name], { name: `${layer.name}/picture` });
      if (config.boolean('keepdims', false)) return { name: pooled, shape: [1, 1, channels] };
      return { name: graph.node('Flatten', [pooled], { name: layer.name }), shape: [channels] };
    },
  };
}

export const maxPooling2d = windowPooling('MaxPool', true);
export const averagePooling2d = windowPooling('AveragePool', false);
export const globalAveragePooling2d = globalPooling('GlobalAveragePool');
export const globalMaxPooling2d = globalPooling('GlobalMaxPool');
