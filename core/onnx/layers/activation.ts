/**
 * @module core/onnx/layers/activation
 * Activations, as layers and in the config of other layers.
 */
import { LayerConfig, refuse } from '../config.ts';
import type { Attributes } from '../graph.ts';
import type { Layer } from '../layers-model.ts';
import type { Lowering, Value } from '../lowering.ts';
import { rangeOf } from '../quantization.ts';
import type { LayerType } from './layer-type.ts';

type Activate = (lowering: Lowering, value: Value, layer: Layer) => Value;

/** Where 8 bits end, rounding of the scale may put the last step this far (relative) over a limit. */
const TOLERANCE = 1e-5;

function apply(
  lowering: Lowering,
  opType: string,
  inputs: Value[],
  attributes?: Attributes,
  name = opType,
): Value {
  const [first] = inputs;
  const output = lowering.graph.node(
    opType,
    inputs.map((input) => input.name),
    { name: `${first!.name}/${name}`, ...(attributes ? { attributes } : {}) },
  );
  return { name: output, shape: first!.shape };
}

const scalar = (lowering: Lowering, value: Value, number: number): Value => ({
  name: lowering.graph.scalar(`${value.name}/${number}`, number),
  shape: [],
});

/**
 * Cuts off what lies below `low` or above `high`. When the output is held in 8 bits whose range lies within, the rounding
 * to that range does it already, and onnxruntime fuses it with the convolution before.
 */
export function clip(lowering: Lowering, value: Value, layer: Layer, low: number, high: number): Value {
  const quantization = lowering.quantizationAt(layer);
  if (quantization) {
    const [least, largest] = rangeOf(quantization);
    const slack = TOLERANCE * (largest - least);
    if (least >= low - slack && largest <= high + slack) return { name: value.name, shape: value.shape };
  }
  if (low === 0 && high === Infinity) return apply(lowering, 'Relu', [value]);
  const limits = [low, high].map((limit) => (Number.isFinite(limit) ? scalar(lowering, value, limit) : NONE));
  return apply(lowering, 'Clip', [value, ...limits]);
}

/** An optional input that isn't given. */
const NONE: Value = { name: '', shape: [] };

/** An activation that is one operator of ONNX. */
const operator =
  (opType: string, attributes?: Attributes): Activate =>
  (lowering, value) =>
    apply(lowering, opType, [value], attributes);

const swish: Activate = (lowering, value) => {
  const gate = lowering.quantizeKnown(apply(lowering, 'Sigmoid', [value]), value, [0, 1]);
  return apply(lowering, 'Mul', [value, gate], undefined, 'Swish');
};

const mish: Activate = (lowering, value) => {
  const gate = apply(lowering, 'Tanh', [apply(lowering, 'Softplus', [value])]);
  return apply(lowering, 'Mul', [value, gate], undefined, 'Mish');
};

/** x/2 * (1 + erf(x / sqrt 2)) */
const gelu: Activate = (lowering, value) => {
  const root = apply(lowering, 'Mul', [value, scalar(lowering, value, Math.SQRT1_2)]);
  const gate = apply(lowering, 'Add', [apply(lowering, 'Erf', [root]), scalar(lowering, value, 1)]);
  const half = apply(lowering, 'Mul', [value, scalar(lowering, value, 0.5)]);
  return apply(lowering, 'Mul', [half, gate], undefined, 'Gelu');
};

/** By their names in lower case without underscores. */
const ACTIVATIONS: Record<string, Activate> = {
  linear: (_, value) => value,
  relu: (lowering, value, layer) => clip(lowering, value, layer, 0, Infinity),
  relu6: (lowering, value, layer) => clip(lowering, value, layer, 0, 6),
  sigmoid: operator('Sigmoid'),
  tanh: operator('Tanh'),
  elu: operator('Elu'),
  selu: operator('Selu'),
  softplus: operator('Softplus'),
  softsign: operator('Softsign'),
  exponential: operator('Exp'),
  // Keras 2 and TensorFlow.js: max(0, min(1, 0.2 x + 0.5)).
  hardsigmoid: operator('HardSigmoid', { alpha: { float: 0.2 }, beta: { float: 0.5 } }),
  swish,
  silu: swish,
  mish,
  gelu,
};

const isCut = (name: string) => name === 'relu' || name === 'relu6';

function activate(lowering: Lowering, value: Value, layer: Layer, name: string): Value {
  if (name === 'softmax') {
    throw refuse(
      layer,
      'softmax can be converted at the end of the network only: the temperature and the softmax come after it.',
    );
  }
  const activation = Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name] : undefined;
  if (!activation) {
    throw refuse(
      layer,
      `the activation "${name}" is unknown. Known: ${Object.keys(ACTIVATIONS).join(', ')}.`,
    );
  }
  return activation(lowering, value, layer);
}

/**
 * The activation in a layer's config, upon what the layer computed. One that isn't a mere cut needs the value before it
 * in 8 bits too, or the convolution before couldn't be computed in integers.
 */
export function withActivation(lowering: Lowering, layer: Layer, value: Value): Value {
  const name = new LayerConfig(layer).activation();
  if (name === 'linear') return value;
  const before = isCut(name) ? value : lowering.point(value, layer, '/linear');
  return activate(lowering, before, layer, name);
}

export const activation: LayerType = {
  isIdentity: (config) => config.activation() === 'linear',
  isClip: (config) => isCut(config.activation()),
  lower: (layer, [input], lowering) => activate(lowering, input!, layer, new LayerConfig(layer).activation()),
};

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

export const softmax: LayerType = {
  lower: (layer, [input], lowering) => activate(lowering, input!, layer, 'softmax'),
};
