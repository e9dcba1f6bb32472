/**
 * @module core/onnx/layers/rectifiers
 * The family of ReLU, as layers with settings or weights of their own.
 */
import { LayerConfig, refuse } from '../config.ts';
import { apply, clip, scalar } from './activation.ts';
import type { LayerType } from './layer-type.ts';

/** Keras' ReLU: `negative_slope * (x - threshold)` below the threshold, x above it, at most `max_value`. */
export const relu: LayerType = {
  isClip: (config) => config.number('negative_slope', 0) === 0 && config.number('threshold', 0) === 0,
  lower(layer, [input], lowering) {
    const config = new LayerConfig(layer);
    const slope = config.number('negative_slope', 0);
    const threshold = config.number('threshold', 0);
    const largest = config.number('max_value', Infinity);
    if (slope === 0 && threshold === 0) return clip(lowering, input!, layer, 0, largest);
    let output = apply(lowering, 'LeakyRelu', [input!], { alpha: { float: slope } });
    if (threshold !== 0) {
      const limit = scalar(lowering, input!, threshold);
      const below = apply(lowering, 'Mul', [
        apply(lowering, 'Sub', [input!, limit]),
        scalar(lowering, input!, slope),
      ]);
      const isBelow = apply(lowering, 'Less', [input!, limit]);
      output = { ...apply(lowering, 'Where', [isBelow, below, input!]), shape: input!.shape };
    }
    return largest === Infinity
      ? output
      : apply(lowering, 'Min', [output, scalar(lowering, input!, largest)]);
  },
};

export const leakyRelu: LayerType = {
  lower(layer, [input], lowering) {
    const config = new LayerConfig(layer);
    const alpha = config.number('negative_slope', config.number('alpha', 0.3));
    return apply(lowering, 'LeakyRelu', [input!], { alpha: { float: alpha } });
  },
};

export const elu: LayerType = {
  lower(layer, [input], lowering) {
    const alpha = new LayerConfig(layer).number('alpha', 1);
    return apply(lowering, 'Elu', [input!], { alpha: { float: alpha } });
  },
};

/** x above theta, 0 below. */
export const thresholdedRelu: LayerType = {
  lower(layer, [input], lowering) {
    const theta = new LayerConfig(layer).number('theta', 1);
    return apply(lowering, 'ThresholdedRelu', [input!], { alpha: { float: theta } });
  },
};

/** A slope below 0 for each value, or for each channel where rows and columns share it. */
export const prelu: LayerType = {
  weights: () => ['alpha'],
  lower(layer, [input], lowering) {
    const { shape, values } = lowering.weight(layer, 'alpha');
    const fits =
      shape.length === input!.shape.length &&
      shape.every((size, axis) => size === 1 || size === input!.shape[axis]);
    if (!fits) {
      throw refuse(
        layer,
        `alpha of [${shape.join(', ')}] doesn't fit an input of [${input!.shape.join(', ')}].`,
      );
    }
    // A picture is stored with its channels first.
    const [height, width, channels] = shape as [number, number, number];
    const area = height * width;
    const isPicture = shape.length === 3;
    const slopes = isPicture
      ? values.map((_, index) => values[(index % area) * channels + Math.floor(index / area)]!)
      : values;
    const dims = isPicture ? [channels, height, width] : shape;
    const slope = lowering.graph.constant(`${layer.name}/alpha`, dims, slopes);
    return apply(lowering, 'PRelu', [input!, { name: slope, shape }]);
  },
};
